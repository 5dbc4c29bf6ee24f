"""Reads of exposures 暴露: what waits for a second officer, what counts, what somebody is told of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min

from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.health.actions import STATE_EXPOSURES
from outpost.health.models.exposures import Exposure
from outpost.health.rules import ExposureKind
from outpost.people.queries import masked_identities
from outpost.people.seals import Identity

TOLD_AFTER = timedelta(hours=24)
"""So long after it counts the person reads of an exposure: who traces gets to talk with them first."""
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """Exposures that one officer stated together and that wait for another."""

    batch_id: UUID
    kind: ExposureKind
    ground: str
    people: int
    begins_at: datetime
    ends_at: datetime
    stated_label: str
    stated_at: datetime
    is_of_case: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One exposure that two officers stand for; `who` is masked, empty for somebody whom nobody registered."""

    row: Exposure
    who: str

    @property
    def kind(self) -> ExposureKind:
        return ExposureKind(self.row.kind)


def waiting(*, actor: Actor) -> list[WaitingBatch]:
    """What waits for a second officer, the oldest first. Raises Refusal 403."""
    actor.require(STATE_EXPOSURES)
    found = Exposure.objects.filter(agreed_at__isnull=True, withdrawn_at__isnull=True)
    batches = found.values("batch_id", "kind", "ground", "stated_by", "stated_label", "stated_at", "case_id")
    counted = batches.annotate(people=Count("*"), begins=Min("begins_at"), ends=Max("ends_at"))
    return [
        WaitingBatch(
            batch_id=one["batch_id"],
            kind=ExposureKind(one["kind"]),
            ground=one["ground"],
            people=one["people"],
            begins_at=one["begins"],
            ends_at=one["ends"],
            stated_label=one["stated_label"],
            stated_at=one["stated_at"],
            is_of_case=one["case_id"] is not None,
            is_own=one["stated_by"] == actor.id,
        )
        for one in counted.order_by("stated_at")[:MOST_SHOWN]
    ]


def counting(*, actor: Actor, at: datetime) -> list[ExposureRow]:
    """Those that count now, the last stated first, at most 200. Raises Refusal 403."""
    actor.require(STATE_EXPOSURES)
    found = Exposure.objects.filter(agreed_at__isnull=False, withdrawn_at__isnull=True, ends_at__gt=at)
    return _rows(found.order_by("-agreed_at", "id")[:MOST_SHOWN])


def past(*, actor: Actor, at: datetime) -> list[ExposureRow]:
    """Those that were withdrawn or have ended, the last first, at most 200. Raises Refusal 403."""
    actor.require(STATE_EXPOSURES)
    others = Exposure.objects.exclude(withdrawn_at__isnull=True, ends_at__gt=at)
    return _rows(others.order_by("-stated_at", "id")[:MOST_SHOWN])


def exposure(exposure_id: UUID, *, actor: Actor) -> ExposureRow:
    """One that nobody has withdrawn. Raises Refusal 403, NOT_FOUND."""
    actor.require(STATE_EXPOSURES)
    found = or_not_found(Exposure.objects.filter(id=exposure_id, withdrawn_at__isnull=True).first())
    [row] = _rows([found])
    return row


def own_exposures(person_id: UUID, *, at: datetime) -> list[ExposureRow]:
    """What two officers stated of a person some time ago, withdrawn ones too, the last first: for their own page,
    without who stated it or on which ground. The caller has checked that the reader may speak for them."""
    told = Exposure.objects.filter(person_id=person_id, agreed_at__lte=at - TOLD_AFTER)
    return [ExposureRow(row, "") for row in told.order_by("-begins_at")[:MOST_SHOWN]]


def _rows(found: Iterable[Exposure]) -> list[ExposureRow]:
    rows = list(found)
    known = masked_identities({row.person_id for row in rows})
    return [ExposureRow(row, _who(known.get(row.person_id))) for row in rows]


def _who(identity: Identity | None) -> str:
    return f"{identity.name} {identity.number}" if identity else ""
