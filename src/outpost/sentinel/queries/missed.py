"""Who missed the rule on a day, for lists, files and calls: the people behind `compliance.Standing`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.regions.queries import principal_of
from outpost.sentinel.models import AS_ENTERED, Enrolment, MatchRun, StaffMember
from outpost.sentinel.queries.categories import rules_as_json
from outpost.sentinel.queries.compliance import Standing, compliance
from outpost.sentinel.queries.holding import Holding, holdings
from outpost.sentinel.queries.match import Evidence
from outpost.sentinel.queries.staff_numbers import LIST
from outpost.sentinel.rules import Judgement, State

BATCH = 1000
PLACES = ("town", "organization")  # what narrows a day's list
ORDER = ("enrolment__organization__region_id", "enrolment__organization__name", *AS_ENTERED)

# What a run counted tells how long its list is while the names are kept: they go before the counts (`retention`).
_COUNTED = f"""SELECT '{LIST}' AS kind, ARRAY[m.region_id, m.name] AS name, m.id AS enrolment_id,
    sum(c.missed)::int AS number
  FROM (SELECT enrolment_id, missed FROM sentinel_matchcount
      WHERE run_id = %s AND EXISTS (SELECT FROM sentinel_matchfinding WHERE run_id = %s)
    UNION ALL SELECT * FROM unnest(%s::uuid[], %s::int[])) c (enrolment_id, missed)
  JOIN ({{enrolments}}) m (id, region_id, name) ON m.id = c.enrolment_id
  GROUP BY m.region_id, m.name, m.id HAVING sum(c.missed) > 0"""


@dataclass(frozen=True, slots=True)
class Missed:
    """A staff member who missed the rule; names and phones are masked unless `is_clear`."""

    staff: UUID
    person_id: UUID
    organization: str
    town: str
    name: str
    phone: str
    principal: str
    principal_phone: str
    last_sampled_at: datetime | None
    judgement: Judgement
    is_clear: bool
    stands: bool  # in the ledger still, where a name leads

    @property
    def id(self) -> UUID:
        """What a list ticks."""
        return self.staff


def people(
    standing: Standing, *, staff: Sequence[UUID] | None = None, is_clear: bool = False
) -> Iterator[Missed]:
    """The people who missed, or some of them, by town, organisation and record; masked unless `is_clear`.

    The caller has asked for the right and the purpose before it passes `is_clear`.
    """
    wanted = list(standing.found.staff().values_list("id", flat=True)) if staff is None else staff
    found = {one.staff: one for one in standing.found.evidence(wanted)}
    members = StaffMember.objects.filter(id__in=found).select_related("enrolment__organization__region")
    for member in members.order_by(*ORDER).iterator(BATCH):
        one = found[member.id]
        yield _missed(member, one, one.judgement(State.MISSED, standing.on), is_clear)


def missed_in(standing: Standing, *, town: str = "", organization: str = "") -> QuerySet[StaffMember]:
    """Who missed in a place, in no order: `town` is a region code, `organization` a part of the name."""
    places = _of_place(town, organization)
    return standing.found.staff().filter(**{f"enrolment__{name}": text for name, text in places.items()})


def _of_place(town: str, organization: str) -> dict[str, str]:
    """The same as conditions on an enrolment."""
    asked = {
        "organization__region__code__startswith": town,
        "organization__name__icontains": organization.strip(),
    }
    return {name: text for name, text in asked.items() if text}


def missed_page(
    standing: Standing,
    *,
    town: str = "",
    organization: str = "",
    is_clear: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Missed], int]:
    """The rows of one page and how many there are in all, by town, organisation and record.

    The places are those of `missed_in`. Only the rows of the page are opened, in clear only where all of them are the
    reader's own.
    """
    wanted = missed_in(standing, town=town, organization=organization)
    if standing.run is None:
        total = wanted.count()
    else:
        held = _held(standing, standing.run, Q(**_of_place(town, organization)), limit=limit, offset=offset)
        wanted, offset, total = wanted.filter(enrolment__in=held.enrolments), offset - held.before, held.total
    page = list(wanted.order_by(*ORDER).values_list("id", flat=True)[offset : offset + limit])
    return list(people(standing, staff=page, is_clear=is_clear)), total


def number_in(standing: Standing, *, town: str = "", organization: str = "") -> int:
    """How many that list names: nobody once the names of the day are gone, whatever was counted."""
    return missed_page(standing, town=town, organization=organization, limit=0)[1]


def _held(standing: Standing, run: MatchRun, place: Q, *, limit: int, offset: int) -> Holding:
    """Which organisations hold the page, told by what the run counted of each and what the instant changes of it."""
    enrolments = Enrolment.objects.within(standing.found.reach).filter(place)
    with suppress(EmptyResultSet):  # a reach of nothing
        named = enrolments.values_list("id", "organization__region_id", "organization__name")
        statement, values = named.query.sql_with_params()
        changed = [one.enrolment for one in standing.changes], [one.missed for one in standing.changes]
        read = partial(rows_of, values=[run.id, run.id, *changed, *values])
        counted = _COUNTED.replace("{enrolments}", statement)
        return holdings(counted, read, kinds=[LIST], limit=limit, offset=offset).get(LIST, Holding())
    return Holding()


def _missed(member: StaffMember, one: Evidence, judgement: Judgement, is_clear: bool) -> Missed:
    organization = member.enrolment.organization
    stated, principal = member.stated(ring()), principal_of(organization)
    if not is_clear:
        stated, principal = stated.masked(), principal.masked()
    return Missed(
        staff=member.id,
        person_id=member.person_id,
        organization=organization.name,
        town=organization.region.name,
        name=stated.name,
        phone=stated.phone,
        principal=principal.name,
        principal_phone=principal.phone,
        last_sampled_at=one.last_sampled_at,
        judgement=judgement,
        is_clear=is_clear,
        stands=member.removed_at is None and member.enrolment.removed_at is None,
    )


def report(
    on: date, *, actor: Actor, at: datetime, categories: Sequence[str] | None = None, is_clear: bool = False
) -> dict[str, Any]:
    """The report as JSON-ready values: `{"date", "categories": [{"code", …, "people": […]}]}`.

    Instants are ISO 8601 in the configured zone, windows are two inclusive days.
    """
    return as_report(on, compliance(on, actor=actor, at=at, categories=categories), is_clear=is_clear)


def as_report(
    on: date,
    standings: Sequence[Standing],
    *,
    shown: Mapping[str, Sequence[UUID]] | None = None,
    is_clear: bool = False,
) -> dict[str, Any]:
    """The same of standings that were read before; `shown`: by category the only staff to name."""
    only = shown or {}
    return {
        "date": on.isoformat(),
        "categories": [
            {
                "code": standing.category.code,
                "name": standing.category.name,
                "department": standing.category.department.name if standing.category.department else None,
                **rules_as_json(standing.rules),
                "staff": standing.staff,
                "judged": standing.judged,
                "missed": standing.missed,
                "people": [
                    _as_json(one)
                    for one in people(standing, staff=only.get(standing.category.code), is_clear=is_clear)
                ],
            }
            for standing in standings
        ],
    }


def _as_json(one: Missed) -> dict[str, Any]:
    days = one.judgement.window
    last = one.last_sampled_at
    return {
        "organization": one.organization,
        "name": one.name,
        "phone": one.phone,
        "principal": one.principal,
        "principal_phone": one.principal_phone,
        "last_sampled_at": last.astimezone(clock.zone()).isoformat() if last else None,
        "window": [days.first.isoformat(), days.last.isoformat()] if days else None,
        "required": one.judgement.required,
        "found": one.judgement.found,
    }
