"""May somebody enter a site, and if not, what is missing. Pure; days are local days of the site.

Days are counted as they are ordered: the base day (of the journey, else of the declaration) is day 0, then so many
full days, and the first day on which the person may enter is the one after. So fourteen days from 31 January last
through 14 February, and the gate opens on the fifteenth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from outpost.core.errors import Problem
from outpost.core.rights import Role, ScopeKind
from outpost.health.lifting import full_days, release_day
from outpost.health.rules import Disposition
from outpost.regions.rules import normal_name
from outpost.sites import errors

CONTRACT = ScopeKind("contract", "工地合同", "Contract of a site", {Role.SITE_LEAD, Role.SITE_SUPERVISOR})

EMPLOYER = ScopeKind("employer", "工地用人单位", "Employer at a site", {Role.SITE_USER})
"""One employer under one contract: its people, not the rest of the site."""

AWAY_DAYS = 7
"""Who comes back after more full days than these declares anew."""


@dataclass(frozen=True, slots=True)
class PlaceRule:
    """What whoever sets out from a place needs before entering: full days of isolation, negative samples after the base
    day, each on a day of its own. `place` is how the place begins; empty: every place. Half-open in days."""

    place: str
    isolation_days: int
    tests: int
    begins_on: date
    ends_on: date | None = None

    def holds(self, departure: str, on: date) -> bool:
        in_time = self.begins_on <= on and (self.ends_on is None or on < self.ends_on)
        return in_time and normal_name(departure).startswith(normal_name(self.place))


@dataclass(frozen=True, slots=True)
class Coming:
    """A disposition that begins later, and whether a positive test stands then."""

    at: datetime
    disposition: Disposition
    is_positive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of somebody who wants to enter. `departures`: as registered and as declared. `base_on`: the day of
    the journey that the latest declaration names, else of the declaration; None without one. `unverified_since`, local:
    since when it could not be looked up."""

    departures: Sequence[str]
    base_on: date | None
    declared_on: date | None
    disposition: Disposition | None = None
    is_positive: bool = False
    coming: Coming | None = None
    negative_on: frozenset[date] = field(default_factory=frozenset)
    left_on: date | None = None
    unverified_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The same for the days to come, as a gate is handed it: what the rules for places ask for is summed up, so that
    the gate has only to count days. `excepted_to`: the last day of an agreed exception. `unverified_since`: as it is
    said."""

    declared_on: date | None
    unverified_since: str | None
    base_on: date | None
    left_on: date | None
    disposition: Disposition | None
    is_positive: bool
    coming: Coming | None
    isolation_days: int
    tests: int
    tests_done: int
    excepted_to: date | None

    def as_of(self, at: datetime) -> "Standing":
        """At an instant to come: what begins until then holds."""
        if (coming := self.coming) is None or at < coming.at:
            return self
        return replace(self, disposition=coming.disposition, is_positive=coming.is_positive, coming=None)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One condition that fails, with its numbers. An agreed exception lifts only what `can_be_excepted`."""

    problem: Problem
    numbers: Mapping[str, str | Disposition]
    can_be_excepted: bool = True

    @property
    def said(self) -> dict[str, str]:
        """Its numbers in the reader's language."""
        return {
            name: one.label if isinstance(one, Disposition) else one for name, one in self.numbers.items()
        }

    def __str__(self) -> str:
        return self.problem.render(**self.said)


def rule_for(departure: str, rules: Iterable[PlaceRule], today: date) -> PlaceRule | None:
    """The rule of the nearest place that holds today; of two for one place the later one."""
    holding = [rule for rule in rules if rule.holds(departure, today)]
    return max(holding, key=lambda rule: (len(normal_name(rule.place)), rule.begins_on), default=None)


def change_day(rules: Iterable[PlaceRule], today: date) -> date | None:
    """The first day after today on which another set of rules holds; None where none is foreseen."""
    days = (day for rule in rules for day in (rule.begins_on, rule.ends_on) if day is not None)
    return min((day for day in days if day > today), default=None)


def obstacles(
    candidate: Candidate, rules: Sequence[PlaceRule], *, today: date, is_excepted: bool = False
) -> list[Obstacle]:
    """Every condition that fails; none: the person may enter."""
    return failing(standing(candidate, rules, today, today if is_excepted else None), today)


def standing(
    candidate: Candidate, rules: Sequence[PlaceRule], today: date, excepted_to: date | None
) -> Standing:
    """What decides about somebody by the rules of a day: the strictest of what the places ask for, so that what
    somebody declares may add to it, never lift it."""
    holding = [rule for place in candidate.departures if (rule := rule_for(place, rules, today)) is not None]
    base_on = candidate.base_on
    return Standing(
        declared_on=candidate.declared_on,
        unverified_since=since.strftime("%Y-%m-%d %H:%M") if (since := candidate.unverified_since) else None,
        base_on=base_on,
        left_on=candidate.left_on,
        disposition=candidate.disposition,
        is_positive=candidate.is_positive,
        coming=candidate.coming,
        isolation_days=max((rule.isolation_days for rule in holding), default=0),
        tests=max((rule.tests for rule in holding), default=0),
        tests_done=sum(base_on is not None and base_on < day <= today for day in candidate.negative_on),
        excepted_to=excepted_to,
    )


def failing(person: Standing, today: date) -> list[Obstacle]:
    """Every condition that fails on a day; `field/src/domain/entering.ts` is the other side, held to this one by
    tests/shared/entering.json."""
    is_excepted = person.excepted_to is not None and today <= person.excepted_to
    found = [*_ordered(person), *_declared(person, today), *_of_places(person, today)]
    return [one for one in found if not (is_excepted and one.can_be_excepted)]


def _ordered(person: Standing) -> Iterable[Obstacle]:
    """What the command decided, and a positive result that it has not lifted: no exception helps."""
    disposition = person.disposition
    if disposition not in (None, Disposition.ADMITTED):
        yield Obstacle(errors.ORDERED, {"disposition": disposition}, can_be_excepted=False)
    if person.is_positive:
        yield Obstacle(errors.TESTED_POSITIVE, {}, can_be_excepted=False)


def _declared(person: Standing, today: date) -> Iterable[Obstacle]:
    if person.unverified_since is not None:
        yield Obstacle(errors.UNVERIFIED, {"since": person.unverified_since})
    elif person.declared_on is None:
        yield Obstacle(errors.NOT_DECLARED, {})
    elif (left_on := person.left_on) is not None:
        away = full_days(left_on, today)
        if away > AWAY_DAYS and person.declared_on <= left_on:
            yield Obstacle(errors.AWAY_TOO_LONG, {"away": str(away), "most": str(AWAY_DAYS)})


def _of_places(person: Standing, today: date) -> Iterable[Obstacle]:
    if (base_on := person.base_on) is None:
        return
    if today < (ends_on := release_day(base_on, person.isolation_days)):
        done = full_days(base_on, today)
        numbers = {"days": str(person.isolation_days), "done": str(done), "on": ends_on.isoformat()}
        yield Obstacle(errors.ISOLATION_RUNS, numbers)
    if person.tests_done < person.tests:
        numbers = {"tests": str(person.tests), "done": str(person.tests_done)}
        yield Obstacle(errors.TESTS_MISSING, numbers)
