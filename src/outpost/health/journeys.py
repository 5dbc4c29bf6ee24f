"""What is read of people who want to enter somewhere: what they declared under this number and name, and the days of
their negative samples. Whom to show it to is the caller's to decide."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.health.models import Declaration
from outpost.health.rules import TestResult
from outpost.health.sealing import declaration_context
from outpost.people.documents import BY_DOCUMENT
from outpost.people.models import Person

_DECLARED = """SELECT r.person_id, max(d.declared_at), max(d.travelled_on),
    (array_agg(d.departure ORDER BY d.declared_at DESC))[1]
  FROM unnest(%s::uuid[], %s::bytea[]) AS r(person_id, name_hash)
  JOIN health_declaration d ON d.person_id = r.person_id AND NOT d.is_withdrawn
  LEFT JOIN people_person p ON p.person_id = d.person_id
 WHERE coalesce(d.name_hash, p.name_hash) = r.name_hash AND d.declared_at <= %s GROUP BY r.person_id"""
HELD = """SELECT f.person_id FROM health_passfacts f
 WHERE (f.disposition <> 'admitted' AND f.disposed_at <= %(at)s)
    OR (f.positive_at IS NOT NULL AND (f.disposition = 'admitted' AND f.disposed_at >= f.positive_at) IS NOT TRUE)"""
"""SQL: whom an order of the command holds at an instant, or a positive test that it has not lifted. The same in one
person's facts: `disposition` and `standing_positive_at` of `PassFacts`."""
_NEGATIVE = f"""SELECT d.person_id, t.sampled_at FROM ({BY_DOCUMENT}) d
  JOIN health_testrecord t ON t.person_id = d.document_id
 WHERE t.result = %s AND NOT t.is_withdrawn AND t.sampled_at >= %s AND t.sampled_at <= %s"""


@dataclass(frozen=True, slots=True)
class Journey:
    """The latest declaration of somebody: when, from where; `base_on` is the latest day of travel that any names, else
    the day of the declaration itself."""

    declared_on: date
    base_on: date
    departure: str


def journeys_of(named: Mapping[UUID, bytes], *, at: datetime) -> dict[UUID, Journey]:
    """What these people (with the hash of the name that goes with each) declared until then; nobody without."""
    found = rows_of(_DECLARED, [list(named), list(named.values()), at])
    return {
        person_id: Journey(local_day(declared_at), travelled_on or local_day(declared_at), departure)
        for person_id, declared_at, travelled_on, departure in found
    }


def declaration_of(person_id: UUID, named: bytes, *, since: datetime, at: datetime) -> Declaration | None:
    """The latest declaration of this span under a number and the hash of a name; a number alone finds nobody. One
    without a name of its own goes by the name with which the person became known."""
    own = Person.objects.filter(person_id=OuterRef("person_id")).values("name_hash")
    found = Declaration.objects.annotate(named=Coalesce("name_hash", Subquery(own)))
    latest = found.filter(
        person_id=person_id, is_withdrawn=False, named=named, declared_at__range=(since, at)
    )
    return latest.order_by("-declared_at").first()


def phone_of(declared: Declaration) -> str:
    """The phone that a declaration states; empty where it states none."""
    if declared.sealed is None:
        return ""
    return str(orjson.loads(ring().open(declared.sealed, declaration_context(declared.id))).get("phone", ""))


def negative_days(
    person_ids: Collection[UUID], *, since: datetime, at: datetime
) -> dict[UUID, frozenset[date]]:
    """The local days, in this span, on which a sample of each was taken that proved negative, under all documents."""
    found: dict[UUID, set[date]] = {}
    for person_id, sampled_at in rows_of(_NEGATIVE, [list(person_ids), TestResult.NEGATIVE, since, at]):
        found.setdefault(person_id, set()).add(local_day(sampled_at))
    return {person_id: frozenset(days) for person_id, days in found.items()}
