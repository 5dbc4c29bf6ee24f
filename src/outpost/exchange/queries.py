"""Reads of tasks: one's own imports and exports, their progress, the differences of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from psycopg import sql

from outpost.access import scopes
from outpost.access.models import User
from outpost.access.queries import actor_of, actors_who_may
from outpost.audit.versions import row_as_json
from outpost.core.actor import Actor, Reach
from outpost.core.db import rows_of, value_of
from outpost.core.errors import NOT_FOUND, Refusal, find_problem, or_not_found
from outpost.core.rights import in_words
from outpost.exchange import errors, registry, staging
from outpost.exchange.kinds import Difference, ImportKind, Own, Setting
from outpost.exchange.models import Export, ExportedPerson, Import
from outpost.exchange.statements import becomes, same

LEAST_SHARE = 0.02  # below this part of the work the remaining time is a guess not worth showing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: rows done of `total` (None: unknown), and the time left if it can be told."""

    done: int
    total: int | None
    remaining: timedelta | None


@dataclass(frozen=True, slots=True)
class ReplacedRow:
    """One row of the file that replaces a known one, with what it changes."""

    row_no: int
    differences: tuple[Difference, ...]
    own: Own | None = None  # whom it is about, where the reader is the employer


def owner_of(actor: Actor) -> UUID | None:
    """The account behind an actor; None for machines and the system."""
    kind, _colon, key = actor.id.partition(":")
    return UUID(key) if kind == "user" else None


def actor_behind(task: Import | Export) -> Actor:
    """Who acts in a task, with today's rights; nobody once the account is disabled."""
    if task.owner_id is None:
        return Actor.system(task.actor_label)
    owner = User.objects.get(id=task.owner_id)
    if not owner.is_active:
        return Actor(id=f"user:{owner.id}", label=task.actor_label)
    return actor_of(owner, is_verified=True)


def find_import(import_id: UUID) -> Import:
    """An import, whoever owns it: for jobs."""
    return Import.objects.get(id=import_id)


def find_export(export_id: UUID) -> Export:
    """An export, whoever owns it: for jobs."""
    return Export.objects.get(id=export_id)


def imports(*, actor: Actor) -> QuerySet[Import]:
    """One's own imports, the latest first."""
    return Import.objects.filter(owner=owner_of(actor), owner__isnull=False).order_by("-created_at")


def exports(*, actor: Actor) -> QuerySet[Export]:
    """One's own exports, the latest first."""
    return Export.objects.filter(owner=owner_of(actor), owner__isnull=False).order_by("-created_at")


def own_import(import_id: UUID, *, actor: Actor) -> Import:
    """One of one's own imports. Raises Refusal 404 for everybody else's."""
    return or_not_found(imports(actor=actor).filter(id=import_id).first())


def own_export(export_id: UUID, *, actor: Actor) -> Export:
    """One of one's own exports. Raises Refusal 404 for everybody else's."""
    return or_not_found(exports(actor=actor).filter(id=export_id).first())


def files_with(person_id: UUID) -> QuerySet[Export]:
    """The files that showed this person in clear, the last first. The caller has asked who may know."""
    held = ExportedPerson.objects.filter(person_id=person_id)
    return Export.objects.filter(id__in=held.values("export_id")).order_by("-created_at")


def may_decide(task: Export, *, actor: Actor) -> bool:
    """Whether the actor may be the second person of an export: an account, not its owner, whose right covers it."""
    me = owner_of(actor)
    if me is None or task.owner_id == me or task.held_at is None:
        return False
    return still_covers(actor.reach(registry.export_kind(task.kind).action), task.reach)


def exports_to_decide(*, actor: Actor) -> QuerySet[Export]:
    """The exports of others that ask, or asked, for a second person whom the actor may be."""
    asked = Export.objects.filter(
        held_at__isnull=False, kind__in=[one.name for one in registry.export_kinds()]
    )
    mine = [task.id for task in asked if may_decide(task, actor=actor)]
    return Export.objects.filter(id__in=mine).select_related("owner")


def export_to_decide(export_id: UUID, *, actor: Actor) -> Export:
    """One of them. Raises Refusal 404 for every other."""
    task = Export.objects.filter(id=export_id, held_at__isnull=False).first()
    if task is None or not may_decide(task, actor=actor):
        raise Refusal(NOT_FOUND)
    return task


def second_persons(task: Export) -> list[UUID]:
    """The accounts that may decide an export."""
    action = registry.export_kind(task.kind).action
    return [user for user, actor in actors_who_may(action) if may_decide(task, actor=actor)]


def may_go_on(task: Import, *, actor: Actor) -> bool:
    """Whether the actor's right still reaches as far as when the file was sent, and to all that it stages."""
    kind = registry.import_kind(task.kind)
    if not actor.may(kind.action) or not still_covers(actor.reach(kind.action), task.reach):
        return False
    if task.state != "checked":  # when the rows are merged, they are asked again under the lock
        return True
    setting = Setting(task.id, actor, task.step_started_at, task.params, frozenset(task.columns))
    return not staging.count(task.id) or kind.reaches_rows(staging.table(task.id), setting)


def require_reach(task: Import, *, actor: Actor) -> None:
    """Raise a refusal unless the actor may go on with the import: 403, IMPORT_RIGHTS_CHANGED."""
    actor.require(registry.import_kind(task.kind).action)
    if not may_go_on(task, actor=actor):
        raise Refusal(errors.IMPORT_RIGHTS_CHANGED)


def import_progress(task: Import, *, at: datetime) -> Progress:
    """How far the check is; applying is one statement and tells nothing before its end."""
    if task.state != "checking":
        return Progress(0, None, None)
    return _progress(task.read, task.rows_total, at - task.step_started_at)


def export_progress(task: Export, *, at: datetime) -> Progress:
    """How many rows are written."""
    return _progress(task.rows_done, task.rows_total, at - task.step_started_at)


def _progress(done: int, total: int | None, since: timedelta) -> Progress:
    if not total or done < total * LEAST_SHARE:
        return Progress(done, total, None)
    return Progress(min(done, total), total, since * max(0, total - done) / done)


def list_url(kind: str, params: Mapping[str, str], *, actor: Actor) -> str:
    """The list to which the file of an import belongs, where the actor still has it; else empty."""
    try:
        return registry.import_kind(kind).list_url(params, actor)
    except Refusal:
        return ""


def refusal_text(refusal: Mapping[str, Any] | None) -> str:
    """A stored refusal in the reader's language; empty without one."""
    if not refusal:
        return ""
    problem = find_problem(refusal["code"])
    return in_words(problem, refusal["fields"]) if problem else str(refusal["code"])


def replaced_total(task: Import) -> int:
    """How many known rows the import changes (repeated keys inside the file are not counted here)."""
    restates = registry.import_kind(task.kind).target.restates
    if task.state != "checked" or not restates:
        return task.replaced - task.duplicates
    return int(value_of(sql.SQL("SELECT count(*) FROM ({}) c").format(_changing(task.id, restates))))


def replaced_rows(task: Import, *, actor: Actor, first: int, size: int) -> list[ReplacedRow]:
    """A page of the rows that change known ones, in the order of the file, as they differ at this moment.

    Only while the import waits for its confirmation: later the history tells what was replaced.
    """
    kind = registry.import_kind(task.kind)
    query = sql.SQL(
        "SELECT s.row_no, {row} AS before, to_jsonb(s) || jsonb_build_object({becomes}) AS after"
        " FROM ({changing} ORDER BY s.row_no LIMIT {size} OFFSET {first}) p"
        " JOIN {staging} s ON s.row_no = p.row_no LEFT JOIN {target} t ON {same} AND ({current}) ORDER BY s.row_no"
    ).format(
        row=row_as_json(kind.target.table, kind.target.unread),
        changing=_changing(task.id, kind.target.restates),
        staging=staging.identifier(staging.table(task.id)),
        target=staging.identifier(kind.target.table),
        same=same("s", "t", kind.target.key),
        becomes=sql.SQL(", ").join(
            sql.SQL("{}, {}").format(sql.Literal(column), becomes(kind.target, column))
            for column in kind.target.becomes
        ),
        current=sql.SQL(kind.target.current),
        size=sql.Literal(size),
        first=sql.Literal(first),
    )
    return [
        _replaced_row(kind, row_no, orjson.loads(before or "{}"), orjson.loads(after), actor)
        for row_no, before, after in rows_of(query)
    ]


def _replaced_row(
    kind: ImportKind, row_no: int, before: dict[str, Any], after: dict[str, Any], actor: Actor
) -> ReplacedRow:
    differences, own = kind.replaced(before, after, actor)
    return ReplacedRow(row_no, tuple(differences), own)


def _changing(import_id: UUID, restates: str) -> sql.Composable:
    """The staged rows that change something known."""
    return sql.SQL(
        "SELECT s.row_no FROM {staging} s LEFT JOIN {plan} p ON p.row_no = s.row_no"
        " WHERE p.outcome = 'replaced' OR (p.outcome IS NULL AND ({restates}))"
    ).format(
        staging=staging.identifier(staging.table(import_id)),
        plan=staging.identifier(staging.plan_table(import_id)),
        restates=sql.SQL(restates or "FALSE"),
    )


def reach_as_json(reach: Reach) -> dict[str, Any]:
    """A reach as it is stored with an export."""
    return {"everything": reach.everything, "scopes": sorted(map(list, reach.scopes))}


def stored_reach(stored: Mapping[str, Any]) -> Reach:
    """The reach that was stored; rows of earlier versions name a list for each of four kinds, or nothing."""
    current = {(kind, key) for kind, key in stored.get("scopes", ())}
    earlier = {(kind, key) for name, kind in _EARLIER.items() for key in stored.get(name, ())}
    return Reach(stored.get("everything", False), frozenset(current | earlier))


_EARLIER: Mapping[str, str] = {
    "regions": "region",
    "departments": "department",
    "categories": "category",
    "organizations": "organization",
}


def still_covers(reach: Reach, stored: Mapping[str, Any]) -> bool:
    """Whether a reach contains the one that was stored; regions contain the regions below them."""
    return scopes.covers(reach, stored_reach(stored))
