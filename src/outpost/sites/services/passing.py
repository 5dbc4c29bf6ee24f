"""Entering 进场 and leaving 退场: for one person or a crew, with an outcome for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.sites import errors
from outpost.sites.actions import ADMIT_PEOPLE
from outpost.sites.models import Registration
from outpost.sites.models.families import FamilyMember
from outpost.sites.queries.entering import Known, known_at, obstacles_of
from outpost.sites.rules.entering import Obstacle
from outpost.sites.services import tallies
from outpost.sites.services.stays import Stays, hold_stays, note
from outpost.sites.vocabularies import Checked, Way

AHEAD, BACK = timedelta(minutes=5), timedelta(days=14)
ENTERED, LEFT = "sites.entered", "sites.left"


@dataclass(slots=True)
class Outcome:
    """What became of a crew, by registration: who passed, who had to stay as they were, with everything that fails."""

    passed: list[UUID] = field(default_factory=list)
    refused: dict[UUID, list[Obstacle]] = field(default_factory=dict)


@transaction.atomic
def enter(
    registration_ids: Collection[UUID], checked: Checked, *, occurred_at: datetime, actor: Actor, at: datetime
) -> Outcome:
    """Let those of them in who may; accompanying family never may. Who is on another site leaves it by that, which is
    marked as inferred.

    Raises Refusal for all: 403, NOT_FOUND for one outside the actor's reach, PASSED_WHEN.
    """
    family = _family(registration_ids, actor)
    rows = _locked(set(registration_ids) - family, occurred_at, actor=actor, at=at)
    stays = Stays({row.person_id for row in rows}, at=at)
    known = known_at([(row, occurred_at) for row in rows], stays=stays.of)
    outcome = let_in(rows, checked, stays, known, occurred_at=occurred_at)
    stays.write()
    note(((Way.IN, row, occurred_at) for row in rows if row.id in outcome.passed), at=at)
    _follow(rows, outcome, at=at)
    _keep(ENTERED, outcome, rows, actor=actor, at=at, detail={"checked": checked.value})
    outcome.refused.update({one: [Obstacle(errors.FAMILY_STAYS_OUTSIDE, {})] for one in family})
    return outcome


def let_in(
    rows: Sequence[Registration], checked: Checked, stays: Stays, known: Known, *, occurred_at: datetime
) -> Outcome:
    """Decide about each of these and begin the stays that follow, by what is known of them at that instant; the caller
    has locked them, writes the stays, and keeps what is said."""
    obstacles, outcome = obstacles_of(rows, at=occurred_at, known=known), Outcome()
    for row in rows:
        here = stays.here(row.person_id)
        if here is not None and here.contract_id == row.contract_id:
            outcome.refused[row.id] = [Obstacle(errors.ALREADY_INSIDE, {})]
        elif failed := _late(stays.last_known(row.person_id), occurred_at) + obstacles[row.id]:
            outcome.refused[row.id] = failed
        else:
            stays.begin(row, checked, occurred_at)
            outcome.passed.append(row.id)
    return outcome


@transaction.atomic
def leave(
    registration_ids: Collection[UUID], *, occurred_at: datetime, actor: Actor, at: datetime
) -> Outcome:
    """Let them leave the site. Raises Refusal as `enter`."""
    rows = _locked(registration_ids, occurred_at, actor=actor, at=at)
    stays = Stays({row.person_id for row in rows}, at=at)
    outcome = let_out(rows, stays, occurred_at=occurred_at)
    stays.write()
    note(((Way.OUT, row, occurred_at) for row in rows if row.id in outcome.passed), at=at)
    _follow(rows, outcome, at=at)
    _keep(LEFT, outcome, rows, actor=actor, at=at, detail={})
    return outcome


def let_out(rows: Sequence[Registration], stays: Stays, *, occurred_at: datetime) -> Outcome:
    """The same of leaving."""
    outcome = Outcome()
    for row in rows:
        here = stays.here(row.person_id)
        if here is None or here.contract_id != row.contract_id:
            outcome.refused[row.id] = [Obstacle(errors.NOT_INSIDE, {})]
        elif failed := _late(here.entered_at, occurred_at):
            outcome.refused[row.id] = failed
        else:
            stays.end(here, occurred_at)
            outcome.passed.append(row.id)
    return outcome


def refuse_inside(stays: int) -> None:
    """Raises STILL_INSIDE where somebody would be on site and in no list."""
    if stays:
        raise Refusal(errors.STILL_INSIDE, count=stays)


def _locked(
    ids: Collection[UUID], occurred_at: datetime, *, actor: Actor, at: datetime
) -> list[Registration]:
    actor.require(ADMIT_PEOPLE)
    check_time(occurred_at, at=at)
    hold_stays()
    return lock_rows(Registration.objects.visible_to(actor, ADMIT_PEOPLE).current(), ids)


def check_time(occurred_at: datetime, *, at: datetime) -> None:
    """Raises Refusal PASSED_WHEN for what lies ahead or too far back."""
    if not at - BACK <= occurred_at <= at + AHEAD:
        found = occurred_at.astimezone(zone()).isoformat(" ", "minutes")
        raise Refusal(errors.PASSED_WHEN, found=found, most=BACK.days, column="occurred_at")


def _family(ids: Collection[UUID], actor: Actor) -> set[UUID]:
    """Those of them that are no registrations but accompanying family in reach: they are told so."""
    mine = FamilyMember.objects.visible_to(actor, ADMIT_PEOPLE).current()
    return set(mine.filter(id__in=ids).values_list("id", flat=True))


def _late(known: datetime | None, occurred_at: datetime) -> list[Obstacle]:
    """What was entered before is not rewritten by an earlier time."""
    if known is None or known <= occurred_at:
        return []
    return [Obstacle(errors.OUT_OF_ORDER, {"known": known.isoformat(timespec="minutes")})]


def _follow(rows: Iterable[Registration], outcome: Outcome, *, at: datetime) -> None:
    tallies.follow_people((row.person_id for row in rows if row.id in outcome.passed), at=at)


def _keep(
    act: str,
    outcome: Outcome,
    rows: Collection[Registration],
    *,
    actor: Actor,
    at: datetime,
    detail: Mapping[str, str],
) -> None:
    """One audit row a contract: how many passed, how many did not."""
    for contract_id in sorted({row.contract_id for row in rows}):
        mine = {row.id for row in rows if row.contract_id == contract_id}
        passed = len(mine & set(outcome.passed))
        numbers = {"passed": passed, "refused": len(mine) - passed}
        audit.record(
            act, actor=actor, at=at, object_id=contract_id, count=passed, detail={**numbers, **detail}
        )
