"""Daily health: reports are taken over; what several of a day amount to is read."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.exchange.target import Target, Watch
from outpost.health import errors
from outpost.health.daily import FAILED_BELOW, STANDS, Report, Wellness, recheck_from, wellness
from outpost.health.models import DailyReport

REPORT_STAGING = {
    "person_id": "uuid NOT NULL",
    "reported_at": "timestamptz NOT NULL",
    "day": "date NOT NULL",
    "temperature": "numeric(3, 1)",
    "method": "text NOT NULL",
    "symptoms": "text[] NOT NULL",
    "is_contradictory": "boolean NOT NULL",
    "source": "text NOT NULL",
    "reported_by": "text NOT NULL",
}
_SAYS = "concat_ws('|', coalesce({row}.temperature::text, ''), {row}.method, array_to_string({row}.symptoms, '、'))"
TELLS = Q(temperature__isnull=True) | Q(temperature__gte=FAILED_BELOW) | ~Q(symptoms=[])
"""Of rows of reports: those that say how somebody is. A failed measurement alone is no report."""
TELLS_SQL = f"(d.temperature IS NULL OR d.temperature >= {FAILED_BELOW} OR d.symptoms <> '{{}}')"
"""The same of `health_dailyreport d`."""
REPORTS = Target(
    table="health_dailyreport",
    key=("person_id", "reported_at"),
    columns=tuple(REPORT_STAGING),
    replaced=(),
    compared=(),
    stamps_new=("received_at",),
    watch=Watch(
        unlike={errors.OTHER_REPORT.code: _SAYS},
        met={
            errors.CONTRADICTORY.code: "SELECT s.row_no FROM {staging} s WHERE s.is_contradictory",
            errors.FAILED_READING.code: f"SELECT s.row_no FROM {{staging}} s WHERE s.temperature < {FAILED_BELOW}",
        },
    ),
)
"""How files of reports are merged: what was first of a moment stays."""


def take_reports(reports: Mapping[UUID, Report], source: str, *, actor: Actor, at: datetime) -> int:
    """Keep a report of each of these people, in the caller's transaction; one of the same instant stays. Returns how
    many there are. The caller has checked that the actor looks after them, and writes the audit row."""
    rows = [
        DailyReport(
            person_id=person_id,
            reported_at=one.reported_at,
            day=local_day(one.reported_at),
            temperature=one.temperature,
            method=one.method,
            symptoms=list(one.symptoms),
            is_contradictory=one.is_contradictory,
            source=source,
            reported_by=actor.id,
            received_at=at,
        )
        for person_id, one in reports.items()
    ]
    DailyReport.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Days:
    """The reports of somebody on a day, and those of the days before that may tell of a fever which stands."""

    today: list[Report] = field(default_factory=list)
    before: list[Report] = field(default_factory=list)

    @property
    def wellness(self) -> Wellness:
        return wellness(self.today, self.before)

    @property
    def recheck_from(self) -> datetime | None:
        return recheck_from(self.today, self.before)


def reports_of(person_ids: Collection[UUID] | QuerySet[Any, Any], on: date) -> dict[UUID, Days]:
    """The reports of a day, the earliest first; nobody without any. Whom to show them to is the caller's to decide."""
    found: dict[UUID, Days] = defaultdict(Days)
    rows = DailyReport.objects.filter(person_id__in=person_ids, day__gte=on - STANDS, day__lte=on)
    for row in rows.order_by("reported_at"):
        days = found[row.person_id]
        (days.today if row.day == on else days.before).append(row.report)
    return dict(found)


def wellness_of(person_ids: Collection[UUID], on: date) -> dict[UUID, Wellness]:
    """What the reports of each of these people on a day amount to."""
    reports = reports_of(person_ids, on)
    return {person_id: reports.get(person_id, Days()).wellness for person_id in person_ids}
