"""May these people enter: what is known of them, read for a whole list or batch at once, and what the rules make of it
at each instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from outpost.core.clock import day_start, local_day, zone
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.health.models import Declaration
from outpost.health.queries.journeys import (
    NOBODY,
    Journey,
    declared_by,
    journey_at,
    negative_samples,
    orders_until,
)
from outpost.health.queries.pass_now import pass_facts_of
from outpost.health.rules import Disposition
from outpost.sites.models import PlaceRuleRow, Registration, SiteException, Stay
from outpost.sites.rules import entering
from outpost.sites.rules.entering import Candidate, Coming, Obstacle, PlaceRule, Standing

_LONGEST = timedelta(days=90)
"""A sample that lies further back proves nothing of a journey."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is read of people to judge them at some instants, for whoever says more of them: read once a page or batch.
    `exceptions` wait for the second word or were agreed to. By person: `stays`; `facts` as they are now; `orders`, the
    latest first, of whom the facts do not say what held at the first of these instants; `declared`, the earliest first,
    and `negative` samples of those of whom they may be told."""

    exceptions: Mapping[UUID, SiteException]
    stays: Mapping[UUID, Sequence[Stay]]
    facts: Mapping[UUID, PassFacts]
    orders: Mapping[UUID, Sequence[tuple[datetime, Disposition]]]
    declared: Mapping[UUID, Sequence[Declaration]]
    negative: Mapping[UUID, Sequence[datetime]]
    place_rules: Sequence[PlaceRule]

    def journeys(self, at: datetime) -> dict[UUID, Journey]:
        """What was declared until an instant, by person."""
        found = ((person_id, journey_at(one, at)) for person_id, one in self.declared.items())
        return {person_id: journey for person_id, journey in found if journey is not None}


_NOTHING = Known({}, {}, {}, {}, {}, {}, ())


def stays_of(people: Collection[UUID]) -> dict[UUID, list[Stay]]:
    """All stays of each of these people, the latest first; nobody without."""
    found = defaultdict(list)
    for stay in Stay.objects.filter(person_id__in=people).order_by("-entered_at"):
        found[stay.person_id].append(stay)
    return found


def known_of(
    registrations: Collection[Registration], *, at: datetime, names: Mapping[UUID, bytes] = NOBODY
) -> Known:
    """What is read of these at one instant. `names`: hashes of the names with which people became known, of whom the
    caller has read them."""
    stays = stays_of([row.person_id for row in registrations])
    return known_at([(row, at) for row in registrations], stays=stays, names=names)


def known_at(
    asked: Collection[tuple[Registration, datetime]],
    *,
    stays: Mapping[UUID, Sequence[Stay]],
    names: Mapping[UUID, bytes] = NOBODY,
) -> Known:
    """The same of registrations, each at an instant of its own. `stays` are read by the caller, who may go on with
    them."""
    if not asked:
        return _NOTHING
    rows = {row.id: row for row, _at in asked}.values()
    first, last = min(at for _row, at in asked), max(at for _row, at in asked)
    standing = SiteException.objects.filter(ended_at__isnull=True, last_day__gte=local_day(first))
    exceptions = {one.registration_id: one for one in standing.filter(registration__in=rows)}
    named = {
        row.person_id: bytes(row.name_hash) for row in rows if _is_told(row, exceptions, local_day(first))
    }
    facts = pass_facts_of([row.person_id for row in rows])
    later = [person_id for person_id in named if _began_later(facts.get(person_id, NO_FACTS), first)]
    declared = declared_by(named, at=last, known=names)
    return Known(
        exceptions=exceptions,
        stays=stays,
        facts=facts,
        orders=orders_until(later, last) if later else {},
        declared=declared,
        negative=negative_samples(named, since=max(first - _LONGEST, _base(asked, declared, last)), at=last),
        place_rules=place_rules(local_day(first), local_day(last)),
    )


def _base(
    asked: Iterable[tuple[Registration, datetime]],
    declared: Mapping[UUID, Sequence[Declaration]],
    last: datetime,
) -> datetime:
    """Where the first day from which any of these is counted begins: no sample before it proves anything."""
    journeys = (journey_at(declared.get(row.person_id, ()), at) for row, at in asked)
    return min((day_start(one.base_on) for one in journeys if one is not None), default=last)


def _is_told(row: Registration, exceptions: Mapping[UUID, SiteException], today: date) -> bool:
    """Whether more of them may be told than what the registration states: see `standings_of`."""
    return row.unverified_since is None or _excepted_to(row, exceptions, today) is not None


def _excepted_to(row: Registration, exceptions: Mapping[UUID, SiteException], today: date) -> date | None:
    """The last day of an agreed exception that has not run out."""
    one = exceptions.get(row.id)
    return one.last_day if one and one.agreed_at is not None and one.last_day >= today else None


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
    known = known or known_of(registrations, at=at)
    return {row.id: _standing(row, known, at) for row in registrations}


def _standing(row: Registration, known: Known, at: datetime) -> Standing:
    today = local_day(at)
    is_told = _is_told(row, known.exceptions, today)
    candidate = _candidate(row, known, at) if is_told else _unknown(row)
    return entering.standing(candidate, known.place_rules, today, _excepted_to(row, known.exceptions, today))


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


def place_rules(first_on: date, last_on: date) -> list[PlaceRule]:
    """The rules for places of departure that hold on some day of these."""
    holding = PlaceRuleRow.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=first_on), begins_on__lte=last_on
    )
    return [_rule(row) for row in holding]


def _rule(row: PlaceRuleRow) -> PlaceRule:
    return PlaceRule(row.place, row.isolation_days, row.tests, row.begins_on, row.ends_on)


def _candidate(row: Registration, known: Known, at: datetime) -> Candidate:
    person = row.person_id
    facts = known.facts.get(person, NO_FACTS)
    now = _facts_at(facts, known.orders.get(person, ()), at)
    sampled = (one for one in known.negative.get(person, ()) if at - _LONGEST <= one <= at)
    left_at = _last_left(known.stays.get(person, ()), at)
    told = _of_facts(now, facts.coming(at)) | _of_journey(row, journey_at(known.declared.get(person, ()), at))
    return Candidate(
        **told,  # type: ignore[arg-type]
        negative_on=frozenset(map(local_day, sampled)),
        left_on=left_at and local_day(left_at),
        unverified_since=_local(row.unverified_since),
    )


def _began_later(facts: PassFacts, at: datetime) -> bool:
    """Whether both orders that the facts know began after an instant."""
    return facts.former_disposed_at is not None and facts.former_disposed_at > at


def _facts_at(facts: PassFacts, orders: Iterable[tuple[datetime, Disposition]], at: datetime) -> PassFacts:
    """With the order that held at that instant: what was decided later does not lift it of what is entered late."""
    if _began_later(facts, at):
        held = ((began, order) for began, order in orders if began <= at)
        disposed_at, disposition = next(held, (None, None))
        facts = replace(facts, disposition=disposition, disposed_at=disposed_at)
    return facts.as_of(at)


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
