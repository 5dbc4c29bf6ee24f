"""What is counted of each employer's people: counted anew in the transaction of whatever changes it.

Whoever writes registrations, stays or reports of a site's people calls `follow` or `follow_people`: after all rows that
they write, before the audit. Whoever waits for one of these rows never holds this lock, then, and nobody waits for it
while they hold the chain. Whoever states an address anew, or what bears on it, names the people in `stated`.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from outpost.core import clock
from outpost.core.clock import local_day
from outpost.core.db import hold_lock, rows_of, run
from outpost.health.services.daily import TELLS_SQL
from outpost.sites.models import Registration
from outpost.sites.models.tallies import EmployerTally
from outpost.sites.services import address_tasks

MENDED = "sites.tallies_mended"
_LOCK = "sites.tallies"
_ROLL = ("registered", "entered", "on_site", "addresses")
_COUNTED = (*_ROLL, "day", "reported", "reported_next", "told", "told_next")
_ROLLS = """SELECT r.employer_id, r.contract_id, count(*) FILTER (WHERE r.removed_at IS NULL),
    count(s.registration_id) FILTER (WHERE r.removed_at IS NULL), count(*) FILTER (WHERE s.is_inside),
    count(a.registration_id) FILTER (WHERE r.removed_at IS NULL)
  FROM sites_registration r LEFT JOIN (SELECT registration_id, bool_or(left_at IS NULL) AS is_inside FROM sites_stay
      WHERE contract_id = ANY(%(contracts)s) GROUP BY 1) s ON s.registration_id = r.id
  LEFT JOIN sites_addresstask a ON a.registration_id = r.id
  WHERE r.contract_id = ANY(%(contracts)s) GROUP BY 1, 2"""
_REPORTED = f"""SELECT r.employer_id, d.day, count(DISTINCT r.id) FILTER (WHERE s.is_inside),
    count(DISTINCT r.id) FILTER (WHERE r.removed_at IS NULL
      AND (r.unverified_since IS NULL OR s.registration_id IS NOT NULL))
  FROM sites_registration r
  JOIN health_dailyreport d ON d.person_id = r.person_id AND d.day = ANY(%(days)s) AND {TELLS_SQL}
  LEFT JOIN (SELECT registration_id, bool_or(left_at IS NULL) AS is_inside FROM sites_stay
      WHERE contract_id = ANY(%(contracts)s) GROUP BY 1) s ON s.registration_id = r.id
  WHERE r.contract_id = ANY(%(contracts)s) GROUP BY 1, 2"""


def follow_people(person_ids: Iterable[UUID], *, at: datetime, stated: Collection[UUID] = ()) -> None:
    """Count the contracts anew under which these people are or were registered."""
    found = Registration.objects.filter(person__in=set(person_ids))
    follow(set(found.values_list("contract_id", flat=True)), at=at, stated=stated)


def follow_declarations(people: Collection[UUID]) -> None:
    """The same once declarations of theirs came or went, in that transaction (`health.followers`)."""
    follow((), at=clock.now(), stated=people)


def follow(contract_ids: Collection[UUID], *, at: datetime, stated: Collection[UUID] = ()) -> int:
    """Count these contracts anew, and those where an address of people who are `stated` anew waits or waits no more to
    be cleared up; returns of how many employers something else stood there."""
    if not contract_ids and not stated:
        return 0
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what they wait for is not waited for with the lock
    hold_lock(_LOCK)
    contract_ids = {*contract_ids, *address_tasks.compare(set(stated), at=at)}
    if not contract_ids:
        return 0
    today = local_day(at)
    known = {one.employer_id: one for one in EmployerTally.objects.filter(contract__in=contract_ids)}
    nobody = {id_: _nobody(one, today) for id_, one in known.items()}
    found = nobody | {one.employer_id: one for one in _counted(list(contract_ids), today)}
    changed = [
        one for id_, one in found.items() if id_ not in known or _says(one, today) != _says(known[id_], today)
    ]
    EmployerTally.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["employer"], update_fields=_COUNTED
    )
    return len(changed)


def mend(*, at: datetime) -> int:
    """Hold every row against what it counts and put right what is wrong; returns of how many employers, or of how many
    people where no number was."""
    contracts = set(EmployerTally.objects.values_list("contract_id", flat=True).distinct())
    contracts |= set(Registration.objects.values_list("contract_id", flat=True).distinct())
    address_tasks.forget_gone()
    people = set(address_tasks.wrong(at=at))
    return follow(contracts, at=at, stated=people) or len(people)


def _counted(contract_ids: list[UUID], today: date) -> Iterable[EmployerTally]:
    days = [today, today + timedelta(days=1)]
    asked = {"contracts": contract_ids, "days": days}
    rolls = rows_of(_ROLLS, asked)
    of_day = {(employer, day): people for employer, day, *people in rows_of(_REPORTED, asked)}
    for employer_id, contract_id, *people in rolls:
        numbers = dict(zip(_ROLL, people, strict=True))
        (reported, told), (reported_next, told_next) = (
            of_day.get((employer_id, day), (0, 0)) for day in days
        )
        said = {"reported": reported, "reported_next": reported_next, "told": told, "told_next": told_next}
        yield EmployerTally(employer_id=employer_id, contract_id=contract_id, day=today, **numbers, **said)


def _nobody(known: EmployerTally, today: date) -> EmployerTally:
    """Of whom nobody is left, not even withdrawn."""
    numbers = dict.fromkeys(_COUNTED, 0) | {"day": today}
    return EmployerTally(employer_id=known.employer_id, contract_id=known.contract_id, **numbers)


def _says(one: EmployerTally, today: date) -> tuple[int, ...]:
    """What a row says of today, whichever day it is of: without reports they say the same."""
    told = (*one.of_day(today), *one.of_day(today + timedelta(days=1)))
    return (one.registered, one.entered, one.on_site, one.addresses, *told)
