"""What is read of people who want to enter somewhere: what they declared under this number and name, and the days of
their negative samples. Whom to show it to is the caller's to decide."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from outpost.core.clock import local_day
from outpost.core.db import rows_of
from outpost.health.rules import TestResult
from outpost.people.documents import BY_DOCUMENT

_DECLARED = """SELECT r.person_id, max(d.declared_at), max(d.travelled_on),
    (array_agg(d.departure ORDER BY d.declared_at DESC))[1]
  FROM unnest(%s::uuid[], %s::bytea[]) AS r(person_id, name_hash)
  JOIN health_declaration d ON d.person_id = r.person_id AND NOT d.is_withdrawn
  LEFT JOIN people_person p ON p.person_id = d.person_id
 WHERE coalesce(d.name_hash, p.name_hash) = r.name_hash AND d.declared_at <= %s GROUP BY r.person_id"""
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


def negative_days(
    person_ids: Collection[UUID], *, since: datetime, at: datetime
) -> dict[UUID, frozenset[date]]:
    """The local days, in this span, on which a sample of each was taken that proved negative, under all documents."""
    found: dict[UUID, set[date]] = {}
    for person_id, sampled_at in rows_of(_NEGATIVE, [list(person_ids), TestResult.NEGATIVE, since, at]):
        found.setdefault(person_id, set()).add(local_day(sampled_at))
    return {person_id: frozenset(days) for person_id, days in found.items()}
