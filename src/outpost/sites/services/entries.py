"""Entries and exits by file: decided one by one in the order of time, as at the gate (`passing`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.db import rows_of, run
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.sites import errors
from outpost.sites.actions import ADMIT_PEOPLE
from outpost.sites.models import Contract, Passage, Registration
from outpost.sites.queries import contracts
from outpost.sites.queries.entering import known_at
from outpost.sites.services import tallies
from outpost.sites.services.passing import let_in, let_out
from outpost.sites.services.stays import Stays, hold_stays
from outpost.sites.vocabularies import Checked, Way

_UNDONE = """FROM (SELECT (k.row ->> 'person_id')::uuid AS person_id,
        min((k.row ->> 'occurred_at')::timestamptz) AS first
      FROM audit_rowversion k WHERE k.cause = %s AND k."table" = 'sites_passage' GROUP BY 1) u"""
_UNMAKE = f"""DELETE FROM sites_stay s USING (SELECT * {_UNDONE}) u
    WHERE s.person_id = u.person_id AND s.entered_at >= u.first"""
_REOPEN = f"""UPDATE sites_stay s SET left_at = NULL, is_inferred = false {_UNDONE}
    WHERE s.person_id = u.person_id AND s.left_at >= u.first"""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row of a file states."""

    row: int
    person_id: UUID
    way: Way
    occurred_at: datetime

    @property
    def key(self) -> tuple[UUID, str, datetime]:
        return self.person_id, self.way.value, self.occurred_at


def pass_all(
    contract: Contract, stated: Sequence[Stated], *, actor: Actor, at: datetime
) -> dict[int, list[Refusal]]:
    """Make the stays that follow, in the caller's transaction, and return the rows of whoever could not pass, with all
    that speaks against each. What is known already makes nothing. The caller keeps the passages."""
    hold_stays()
    people = {one.person_id for one in stated}
    mine = contracts.people_reached(contract, people, actor=actor, action=ADMIT_PEOPLE)
    found = Passage.objects.filter(contract=contract, person_id__in=mine)
    known = set(found.values_list("person_id", "way", "occurred_at"))
    fresh = [one for one in stated if one.key not in known]
    rows = _registered(contract, fresh, actor)
    refused = {one.row: [Refusal(errors.NOT_OF_THIS_SITE)] for one in fresh if one.person_id not in rows}
    once = {one.key: one for one in reversed(fresh) if one.person_id in rows}
    in_order = sorted(once.values(), key=attrgetter("occurred_at", "row"))
    failed = _pass(in_order, rows, at)
    return refused | {one.row: failed[one.key] for one in fresh if one.key in failed}


def _pass(
    in_order: Sequence[Stated], rows: Mapping[UUID, Registration], at: datetime
) -> dict[tuple[UUID, str, datetime], list[Refusal]]:
    """Let these pass one after the other, whoever did so at one instant together; returns who could not, and why."""
    stays = Stays(list(rows), at=at)
    entering = [(rows[one.person_id], one.occurred_at) for one in in_order if one.way is Way.IN]
    known, failed = known_at(entering, stays=stays.of), {}
    for (occurred_at, way), together in groupby(in_order, key=attrgetter("occurred_at", "way")):
        crew = {rows[one.person_id].id: one for one in together}
        people = [rows[one.person_id] for one in crew.values()]
        if way is Way.IN:
            outcome = let_in(people, Checked.WORD, stays, known, occurred_at=occurred_at)
        else:
            outcome = let_out(people, stays, occurred_at=occurred_at)
        for id_, obstacles in outcome.refused.items():
            failed[crew[id_].key] = [Refusal(one.problem, **one.said) for one in obstacles]
    stays.write()
    return failed


def take_back(cause: str, at: datetime) -> None:
    """Put people where they were before the first of their passages that this undo took back; nothing later is known
    of them (`Target.held`)."""
    run(_UNMAKE, [cause])
    run(_REOPEN, [cause])
    tallies.follow_people((person for (person,) in rows_of(f"SELECT person_id {_UNDONE}", [cause])), at=at)


def _registered(contract: Contract, stated: Sequence[Stated], actor: Actor) -> dict[UUID, Registration]:
    mine = Registration.objects.visible_to(actor, ADMIT_PEOPLE).current()
    wanted = mine.filter(contract=contract, person__in={one.person_id for one in stated})
    return {row.person_id: row for row in lock_rows(mine, list(wanted.values_list("id", flat=True)))}
