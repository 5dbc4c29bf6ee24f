"""What differs between two states of one thing, in texts by field. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. Where both texts are masked to the same, `is_hidden` says that they differ."""

    field: str
    before: str
    after: str
    is_hidden: bool = False


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """The fields that differ, in the order of what came after; a field that is missing is empty."""
    fields = [*after, *(field for field in before if field not in after)]
    found = (Difference(field, before.get(field, ""), after.get(field, "")) for field in fields)
    return tuple(one for one in found if one.before != one.after)


def masked(found: Iterable[Difference], masks: Mapping[str, Mask]) -> tuple[Difference, ...]:
    """The same as somebody may see it who reads these fields masked."""
    return tuple(_masked(one, masks[one.field]) if one.field in masks else one for one in found)


def _masked(one: Difference, mask: Mask) -> Difference:
    before = mask(one.before) if one.before else ""
    after = mask(one.after) if one.after else ""
    return replace(one, before=before, after=after, is_hidden=before == after)
