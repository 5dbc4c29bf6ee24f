"""May these people enter now: what is known of them, read for a whole list at once, and what the rules make of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from outpost.core.clock import day_start, local_day, zone
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.health.queries.journeys import NOBODY, Journey, journeys_of, negative_days, orders_at
from outpost.health.queries.pass_now import pass_facts_of
from outpost.sites.models import PlaceRuleRow, Registration, SiteException, Stay
from outpost.sites.rules import entering
from outpost.sites.rules.entering import Candidate, Coming, Obstacle, PlaceRule, Standing

_LONGEST = timedelta(days=90)
"""A sample that lies further back proves nothing of a journey."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is read of the people of a list to judge them, for whoever says more of them: read once a page. `exceptions`
    wait for the second word or were agreed to; `stays` and `facts` by person, the facts as they are now; `journeys` of
    those of whom they may be told."""

    exceptions: Mapping[UUID, SiteException]
    stays: Mapping[UUID, Sequence[Stay]]
    facts: Mapping[UUID, PassFacts]
    journeys: Mapping[UUID, Journey]


def known_of(
    registrations: Collection[Registration], *, at: datetime, names: Mapping[UUID, bytes] = NOBODY
) -> Known:
    """The same of these. `names`: hashes of the names with which people became known, of whom the caller has read
    them."""
    people = [row.person_id for row in registrations]
    standing = SiteException.objects.filter(ended_at__isnull=True, last_day__gte=local_day(at))
    exceptions = {one.registration_id: one for one in standing.filter(registration__in=registrations)}
    stays = defaultdict(list)
    for stay in Stay.objects.filter(person_id__in=people).order_by("-entered_at"):
        stays[stay.person_id].append(stay)
    named = {row.person_id: bytes(row.name_hash) for row in _told(registrations, exceptions)}
    return Known(exceptions, stays, pass_facts_of(people), journeys_of(named, at=at, known=names))


def _told(
    registrations: Iterable[Registration], exceptions: Mapping[UUID, SiteException]
) -> list[Registration]:
    """Of whom more may be said than what the registration states: see `standings_of`."""
    agreed = {id_ for id_, one in exceptions.items() if one.agreed_at is not None}
    return [row for row in registrations if row.unverified_since is None or row.id in agreed]


def obstacles_of(
    registrations: Collection[Registration], *, at: datetime, known: Known | None = None
) -> dict[UUID, list[Obstacle]]:
    """For each registration, every condition of entering that fails at that instant; an empty list: may enter. `known`:
    where the caller has read it."""
    found = standings_of(registrations, at=at, known=known)
    return {id_: entering.failing(one, local_day(at)) for id_, one in found.items()}


def standings_of(
    registrations: Collection[Registration], *, at: datetime, known: Known | None = None
) -> dict[UUID, Standing]:
    """For each registration, what decides about entering at that instant and, with nothing new, on the days to come.

    Of who waits 待核验 it says no more than that: nobody has said yet that name and number belong together, and whoever
    knows a number alone would learn of an order or a test. They stay outside by it, unless two officers let them in.
    """
    today, rules_ = local_day(at), place_rules(local_day(at))
    known = known or known_of(registrations, at=at)
    agreed = (one for one in known.exceptions.values() if one.agreed_at is not None)
    excepted = {one.registration_id: one.last_day for one in agreed}
    found = dict(_candidates(_told(registrations, known.exceptions), known, at))
    return {
        row.id: entering.standing(found.get(row) or _unknown(row), rules_, today, excepted.get(row.id))
        for row in registrations
    }


def _unknown(row: Registration) -> Candidate:
    """Somebody of whom only what the registration states may be told."""
    since = _local(row.unverified_since)
    return Candidate(departures=(row.departure,), base_on=None, declared_on=None, unverified_since=since)


def _local(at: datetime | None) -> datetime | None:
    return at and at.astimezone(zone())


def change_day(today: date) -> date | None:
    """The first day on which other rules for places hold, as far as they are known."""
    later = PlaceRuleRow.objects.filter(Q(begins_on__gt=today) | Q(ends_on__gt=today))
    return entering.change_day(map(_rule, later), today)


def place_rules(today: date) -> list[PlaceRule]:
    """The rules for places of departure that hold on a day."""
    holding = PlaceRuleRow.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today), begins_on__lte=today
    )
    return [_rule(row) for row in holding]


def _rule(row: PlaceRuleRow) -> PlaceRule:
    return PlaceRule(row.place, row.isolation_days, row.tests, row.begins_on, row.ends_on)


def _candidates(
    registrations: Collection[Registration], known: Known, at: datetime
) -> Iterable[tuple[Registration, Candidate]]:
    people = [row.person_id for row in registrations]
    facts = _facts_at({id_: known.facts[id_] for id_ in people if id_ in known.facts}, at)
    first = min((one.base_on for one in known.journeys.values()), default=local_day(at))
    since = max(day_start(first), at - _LONGEST)
    negative = negative_days(people, since=since, at=at)
    for row in registrations:
        person = row.person_id
        told = _of_facts(
            facts.get(person, NO_FACTS), known.facts.get(person, NO_FACTS).coming(at)
        ) | _of_journey(row, known.journeys.get(person))
        days, left_at = negative.get(person, frozenset()), _last_left(known.stays.get(person, ()), at)
        yield (
            row,
            Candidate(
                **told,  # type: ignore[arg-type]
                negative_on=days,
                left_on=left_at and local_day(left_at),
                unverified_since=_local(row.unverified_since),
            ),
        )


def _facts_at(facts: dict[UUID, PassFacts], at: datetime) -> dict[UUID, PassFacts]:
    """With the order that held at that instant: what was decided later does not lift it of what is entered late."""
    later = [
        id_
        for id_, one in facts.items()
        if one.former_disposed_at is not None and one.former_disposed_at > at
    ]
    orders = orders_at(later, at) if later else {}
    for person in later:
        disposition, disposed_at = orders.get(person, (None, None))
        facts[person] = replace(facts[person], disposition=disposition, disposed_at=disposed_at)
    return {person: one.as_of(at) for person, one in facts.items()}


def _of_facts(facts: PassFacts, later: PassFacts | None) -> dict[str, object]:
    return {"disposition": facts.disposition, "is_positive": _is_positive(facts), "coming": _coming(later)}


def _coming(later: PassFacts | None) -> Coming | None:
    if later is None or later.disposition is None or later.disposed_at is None:
        return None
    return Coming(later.disposed_at, later.disposition, _is_positive(later))


def _is_positive(facts: PassFacts) -> bool:
    return facts.standing_positive_at is not None


def _of_journey(row: Registration, journey: Journey | None) -> dict[str, object]:
    if journey is None:
        return {"departures": (row.departure,), "base_on": None, "declared_on": None}
    departures = (row.departure, *([journey.departure] if journey.departure else []))
    return {"departures": departures, "base_on": journey.base_on, "declared_on": journey.declared_on}


def _last_left(stays: Iterable[Stay], at: datetime) -> datetime | None:
    """When somebody last left any site."""
    return max((one.left_at for one in stays if one.left_at and one.left_at <= at), default=None)
