"""Deletions by hand, and their undo within a day.

A module that deletes softly remembers the deletion here and says, as a `Restorable`, who may put it back and how
(`config.wiring` hands them in). What was deleted is put back by its own module.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise

from outpost.audit import versions
from outpost.audit.errors import DELETION_OVER
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal

KEPT_FOR = timedelta(hours=24)
HOUR = timedelta(hours=1)
NAMED = 3  # names that stand for a longer list
T = TypeVar("T")
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Restorable:
    """A kind of thing that can be put back by whoever may do `action`.

    `names(deletions, actor)` gives those of them that lie wholly within the actor's scope, with what to call them.
    `put_back(deletion, actor, at)` raises Refusal when something stands in the way, and writes the audit row.
    `address(deletion)` is the page where it stands again.
    """

    kind: str
    action: str
    label: str | Promise
    names: Callable[[Sequence[Deletion], Actor], Mapping[UUID, str]]
    put_back: Callable[[Deletion, Actor, datetime], None]
    address: Callable[[Deletion], str]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deletion as those see it who may undo it."""

    id: UUID
    label: str | Promise
    name: str
    parts: Mapping[str, int]
    who: str
    at: datetime
    restored_at: datetime | None
    restored_by: str


_kinds: dict[str, Restorable] = {}


def register(*kinds: Restorable) -> None:
    """Make kinds known. The same name again replaces the earlier one."""
    _kinds.update((one.kind, one) for one in kinds)


def remember(
    kind: str,
    object_ids: Iterable[object],
    *,
    actor: Actor,
    at: datetime,
    parts: Mapping[str, int],
    kept: Mapping[str, Any] = NOTHING,
) -> Deletion:
    """Note a deletion, in the transaction that does it and before its audit row."""
    deletion = Deletion(
        kind=kind,
        object_ids=[str(one) for one in object_ids],
        parts={name: count for name, count in parts.items() if count},
        kept=dict(kept),
        actor_id=actor.id,
        actor_label=actor.label,
        deleted_at=at,
    )
    deletion.save(force_insert=True)
    return deletion


def mark(
    rows: QuerySet[Any],
    key: Sequence[str],
    ids: Collection[UUID],
    removed_at: datetime | None,
    *,
    actor: Actor,
    at: datetime,
    cause: str,
) -> None:
    """Take rows of a table out softly at an instant, or let them stand again (None). The caller has locked them; as
    they were they stay in the history, by their `key`."""
    if ids:
        versions.keep_rows(rows.model._meta.db_table, key, ids, at=at, cause=cause, actor=actor)  # noqa: SLF001
        rows.filter(id__in=ids).update(removed_at=removed_at, updated_at=at)


def names_within(
    deletions: Iterable[Deletion], known: Mapping[str, T], name: Callable[[list[T]], str]
) -> dict[UUID, str]:
    """What to call those deletions whose things are all `known`, by their ids."""
    return {
        deletion.id: name([known[one] for one in deletion.object_ids])
        for deletion in deletions
        if known.keys() >= set(deletion.object_ids)
    }


def ids_of(deletions: Iterable[Deletion]) -> set[str]:
    """The things that they took away."""
    return {one for deletion in deletions for one in deletion.object_ids}


def few(names: Sequence[str]) -> str:
    """The first of many names."""
    return "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def undo_of(kind: str, *, actor: Actor, at: datetime) -> UUID | None:
    """The deletion that this actor has made at that instant, for the 撤销 of its message; None if there was none."""
    mine = Deletion.objects.filter(kind=kind, actor_id=actor.id, deleted_at=at)
    return mine.values_list("id", flat=True).first()


def deleted(*, actor: Actor, at: datetime) -> list[Deleted]:
    """What was deleted in the last day within the actor's scope, the latest first."""
    mine = [kind for kind in _kinds.values() if actor.may(kind.action)]
    recent = Deletion.objects.filter(kind__in=[one.kind for one in mine], deleted_at__gt=at - KEPT_FOR)
    by_kind: dict[str, list[Deletion]] = {}
    for row in recent.order_by("-deleted_at", "id"):
        by_kind.setdefault(row.kind, []).append(row)
    found = [
        _shown(row, name) for kind, rows in by_kind.items() for row, name in _named(_kinds[kind], rows, actor)
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


@transaction.atomic
def restore(deletion_id: UUID, *, actor: Actor, at: datetime) -> str:
    """Put back what one deletion took away; returns the address where it stands. A repetition changes nothing.

    Raises Refusal: NOT_FOUND for one that is unknown or outside the actor's scope, DELETION_OVER after a day, or what
    its module says stands in the way.
    """
    row = Deletion.objects.select_for_update().filter(id=deletion_id).first()
    kind = _kinds.get(row.kind) if row is not None else None
    if row is None or kind is None or not actor.may(kind.action) or row.id not in kind.names([row], actor):
        raise Refusal(NOT_FOUND)
    if row.restored_at is None:
        if at - row.deleted_at >= KEPT_FOR:
            raise Refusal(DELETION_OVER, hours=KEPT_FOR // HOUR)
        row.restored_at, row.restored_by = at, actor.label
        row.save(update_fields=["restored_at", "restored_by"])
        kind.put_back(row, actor, at)
    return kind.address(row)


def _named(kind: Restorable, rows: Sequence[Deletion], actor: Actor) -> Iterable[tuple[Deletion, str]]:
    names = kind.names(rows, actor)
    return [(row, names[row.id]) for row in rows if row.id in names]


def _shown(row: Deletion, name: str) -> Deleted:
    return Deleted(
        id=row.id,
        label=_kinds[row.kind].label,
        name=name,
        parts=row.parts,
        who=row.actor_label,
        at=row.deleted_at,
        restored_at=row.restored_at,
        restored_by=row.restored_by,
    )
