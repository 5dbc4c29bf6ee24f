"""The files that a page offers: the kinds of its list, in the views that the reader may have."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outpost.core.actor import Actor, Reach
from outpost.core.errors import Refusal
from outpost.exchange import registry
from outpost.exchange.kinds import ExportKind
from outpost.pages.addresses import address


class Offer(NamedTuple):
    """One file: how its button is called, and the button's address."""

    label: str | Promise
    url: str


def exports_for(actor: Actor, page: str, parameters: Mapping[str, Any]) -> list[Offer]:
    """The files of a page; `parameters` that are empty are left out."""
    return [Offer(kind.view.button, _address(kind, parameters)) for kind in _allowed(actor, page)]


class Part(NamedTuple):
    """What a file of a list would hold: its parameters, and how many rows whoever sees the list has counted."""

    parameters: Mapping[str, Any]
    rows: int | None = None


def exports_holding(
    actor: Actor,
    page: str,
    whole: Part,
    *,
    sees: str,
    found: Part | None = None,
    is_first_only: bool = False,
) -> list[Offer]:
    """The files of a list, each with what it holds: those that were `found`, where a filter is in force, then all.

    `sees` is the right to the list: a view whose right reaches elsewhere holds other rows and counts its own.
    `is_first_only`: whoever has a view before another needs no further one (a principal, no masked list of their own).
    """
    kinds = _allowed(actor, page)[: 1 if is_first_only else None]
    parts = [(found, _("Export the {rows} found"))] if found is not None else []
    return [
        offer
        for part, said in (*parts, (whole, _("Export all {rows}")))
        for offer in _offers(actor, kinds, part, sees, said)
    ]


def _offers(actor: Actor, kinds: list[ExportKind], part: Part, sees: str, said: str) -> Iterator[Offer]:
    """One part in each view, counted once for each reach; a part that a view's right does not meet is not offered."""
    counted: dict[Reach, int | None] = {} if part.rows is None else {actor.reach(sees): part.rows}
    for kind in kinds:
        reach = actor.reach(kind.action)
        if reach not in counted:
            counted[reach] = _count(kind, part.parameters, actor)
        if (rows := counted[reach]) is not None:
            yield Offer(_holding(kind, rows, said), _address(kind, part.parameters))


def _count(kind: ExportKind, parameters: Mapping[str, Any], actor: Actor) -> int | None:
    stated = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    try:
        return kind.count(kind.check(stated, actor), actor)
    except Refusal:
        return None


def _allowed(actor: Actor, page: str) -> list[ExportKind]:
    return [kind for kind in registry.export_kinds() if kind.page == page and actor.may(kind.action)]


def _address(kind: ExportKind, parameters: Mapping[str, Any]) -> str:
    return address("exchange:new_export", kind.name, **parameters)


def _holding(kind: ExportKind, rows: int, said: str) -> str:
    """What the button says: 导出筛选结果 39 人（脱敏）."""
    text = said.format(rows=kind.holding(rows))
    return _("{export} ({look})").format(export=text, look=kind.view.look) if kind.view.look else text
