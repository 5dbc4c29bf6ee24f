"""Writes of exposures 暴露: stated on a ground, agreed to by a second officer, withdrawn. The pass follows at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.text import says_something
from outpost.health import errors, pass_facts
from outpost.health.actions import STATE_EXPOSURES
from outpost.health.models.exposures import Exposure
from outpost.health.rules import ExposureKind
from outpost.health.services.lifting_rules import LOCK, ask_after_exposures
from outpost.health.services.proposals import tell_who_decides

LONGEST_DAYS = 31
LONGEST_EXPOSURE_GROUND = 300
MOST_PEOPLE = 5000
Span = tuple[datetime, datetime]
"""Since when somebody was exposed, and until when it counts, half-open."""
_OF_BATCH = "SELECT person_id FROM health_exposure WHERE batch_id = %(batch)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """That people were exposed: each since when and until when it counts; how, on which ground, in which case."""

    people: Mapping[UUID, Span]
    kind: ExposureKind
    ground: str
    case_id: UUID | None = None

    def check(self, at: datetime) -> None:
        """Raises Refusal EXPOSURE_PEOPLE, EXPOSURE_SPAN, EXPOSURE_GROUND."""
        if not 0 < len(self.people) <= MOST_PEOPLE:
            raise Refusal(errors.EXPOSURE_PEOPLE, most=MOST_PEOPLE)
        latest = at + timedelta(days=LONGEST_DAYS)
        if not all(
            begins_at <= at and begins_at < ends_at <= latest for begins_at, ends_at in self.people.values()
        ):
            raise Refusal(errors.EXPOSURE_SPAN, most=LONGEST_DAYS, column="last_day")
        if not says_something(self.ground) or len(self.ground.strip()) > LONGEST_EXPOSURE_GROUND:
            raise Refusal(errors.EXPOSURE_GROUND, limit=LONGEST_EXPOSURE_GROUND, column="ground")


@transaction.atomic
def state_exposures(exposed: Exposed, *, actor: Actor, at: datetime) -> UUID:
    """State that people were exposed; it counts once another officer agrees. Returns the batch.

    Raises Refusal: 403, EXPOSURE_*.
    """
    actor.require(STATE_EXPOSURES)
    exposed.check(at)
    batch = new_id()
    Exposure.objects.bulk_create(
        Exposure(
            batch_id=batch,
            person_id=person_id,
            kind=exposed.kind.value,
            begins_at=begins_at,
            ends_at=ends_at,
            ground=exposed.ground.strip(),
            case_id=exposed.case_id,
            stated_by=actor.id,
            stated_label=actor.label,
            stated_at=at,
        )
        for person_id, (begins_at, ends_at) in exposed.people.items()
    )
    detail = {"kind": exposed.kind.value} | ({"case": str(exposed.case_id)} if exposed.case_id else {})
    people = len(exposed.people)
    tell_who_decides("health.exposures_asked", at, page="health:exposures")
    audit.record("health.exposures_stated", actor=actor, at=at, object_id=batch, count=people, detail=detail)
    return batch


@transaction.atomic
def agree_to_exposures(batch_id: UUID, *, actor: Actor, at: datetime) -> int:
    """Let what another officer stated count; returns for how many people.

    Raises Refusal: 403, NOT_FOUND for what is the actor's own, or where nothing waits.
    """
    actor.require(STATE_EXPOSURES)
    hold_lock(LOCK)
    waiting = Exposure.objects.filter(batch_id=batch_id, agreed_at__isnull=True, withdrawn_at__isnull=True)
    agreed = waiting.exclude(stated_by=actor.id).update(agreed_at=at, agreed_by=actor.id)
    if not agreed:
        raise Refusal(NOT_FOUND)
    pass_facts.read_anew(pass_facts.EXPOSURES, _OF_BATCH, {"batch": batch_id})
    exposed = Exposure.objects.filter(batch_id=batch_id, agreed_at=at).values_list("person_id", flat=True)
    ask_after_exposures(list(exposed), actor=actor, at=at)
    audit.record("health.exposures_agreed", actor=actor, at=at, object_id=batch_id, count=agreed)
    return agreed


@transaction.atomic
def withdraw_exposure(exposure_id: UUID, because: str, *, actor: Actor, at: datetime) -> None:
    """Let an exposure count no longer, on the word of one officer: it frees and holds nobody.

    Raises Refusal: 403, NOT_FOUND for one that is withdrawn already, EXPOSURE_GROUND.
    """
    actor.require(STATE_EXPOSURES)
    if not 0 < len(because.strip()) <= LONGEST_EXPOSURE_GROUND:
        raise Refusal(errors.EXPOSURE_GROUND, limit=LONGEST_EXPOSURE_GROUND, column="because")
    hold_lock(LOCK)
    row = or_not_found(
        Exposure.objects.select_for_update().filter(id=exposure_id, withdrawn_at__isnull=True).first()
    )
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = at, actor.id, because.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    pass_facts.read_anew(
        pass_facts.EXPOSURES, "SELECT %(person)s::uuid AS person_id", {"person": row.person_id}
    )
    if row.agreed_at is not None:
        ask_after_exposures([row.person_id], actor=actor, at=at)
    audit.record("health.exposure_withdrawn", actor=actor, at=at, object_id=exposure_id)
