"""The sentinel calls of `/api/v1/`: the same reports as the command line, in the token's scope."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.api_problems import TROUBLES
from outpost.figures.api import report_schema
from outpost.sentinel.queries import compliance, missed, statistics
from outpost.sentinel.queries.statistics import Grouping

router = Router(tags=["sentinel"])


class ComplianceIn(Schema):
    """`date`: the judged day, today by default; `category`: only these."""

    on: date | None = Field(None, alias="date")
    category: list[str] | None = None


class NatIn(Schema):
    by: Grouping = Grouping.TOWN
    category: str | None = Field(None, pattern=r"^[a-z0-9-]+$")
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    with_empty: bool = Field(False, alias="all")


class VaccinationIn(Schema):
    by: Grouping = Grouping.TOWN
    category: str | None = Field(None, pattern=r"^[a-z0-9-]+$")
    on: date | None = Field(None, alias="date")
    with_empty: bool = Field(False, alias="all")
    with_balance: bool = Field(False, alias="balance", description="Where those stand who make up the rest.")


class MissedOut(Schema):
    organization: str
    name: str
    phone: str
    principal: str
    principal_phone: str
    last_sampled_at: str | None
    window: list[date] | None
    required: int
    found: int


class CategoryOut(Schema):
    code: str
    name: str
    department: str | None
    rule: str
    job_rules: dict[str, str] | None = Field(
        None, description="By job type, where they differ from the rule."
    )
    staff: int
    judged: int
    missed: int
    people: list[MissedOut]


class ComplianceOut(Schema):
    date: date
    categories: list[CategoryOut]


NatReportOut = report_schema("Nat", statistics.TESTS, from_=(date, Field(alias="from")), to=(date, ...))


class DoseOut(Schema):
    """Eligible, done, not due and not applicable make up the staff; the last three figures only with `balance`."""

    eligible: int
    done: int
    rate: str
    done_by_later: int | None = None
    not_due: int | None = None
    not_applicable: int | None = None


class VaccinationFigures(Schema):
    organizations: int
    staff: int
    doses: list[DoseOut]


class VaccinationRowOut(VaccinationFigures):
    group: str


class VaccinationReportOut(Schema):
    by: str
    rows: list[VaccinationRowOut]
    total: VaccinationFigures


def _actor(request: HttpRequest) -> Actor:
    """The token's actor, who may see compliance. Raises Refusal 403."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # put there by the bearer token
    actor.require(compliance.ACTION)
    return actor


def _today() -> date:
    return clock.local_day(clock.now())


@router.get(
    "/compliance",
    response={200: ComplianceOut, **TROUBLES},
    exclude_unset=True,
    summary="Who missed the rule of a day",
)
def read_compliance(request: HttpRequest, asked: Query[ComplianceIn]) -> dict[str, Any]:
    """Per category the rule, the totals and the people who missed it, masked."""
    at, actor = clock.now(), _actor(request)
    return missed.report(asked.on or clock.local_day(at), actor=actor, at=at, categories=asked.category)


@router.get(
    "/test-statistics", response={200: NatReportOut, **TROUBLES}, by_alias=True, summary="核酸数据统计"
)
def read_nat_statistics(request: HttpRequest, asked: Query[NatIn]) -> dict[str, Any]:
    """Tested and untested staff of a range of days; the last seven by default."""
    last = asked.until or _today()
    first = asked.since or clock.week_to(last)
    return statistics.nat_report(
        first, last, by=asked.by, actor=_actor(request), category=asked.category, with_empty=asked.with_empty
    )


@router.get(
    "/vaccination-statistics",
    response={200: VaccinationReportOut, **TROUBLES},
    exclude_unset=True,
    summary="疫苗数据统计",
)
def read_vaccination_statistics(request: HttpRequest, asked: Query[VaccinationIn]) -> dict[str, Any]:
    """For each of three doses who may have it and who has, on a day."""
    return statistics.vaccination_report(
        asked.on or _today(),
        by=asked.by,
        actor=_actor(request),
        category=asked.category,
        with_empty=asked.with_empty,
        with_balance=asked.with_balance,
    )
