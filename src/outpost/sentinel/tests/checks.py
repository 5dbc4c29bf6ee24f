"""What must hold of a small district at any instant: plain readings of the tables against what the product says (R16).

Nothing here is shared with the SQL of the product: rows are read whole, and the pure rules judge one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from outpost.core import clock
from outpost.health import rules as health
from outpost.health.models import TestRecord, Vaccination
from outpost.health.queries import vaccinations
from outpost.sentinel.models import Category, DutySpell, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.narrow import StaffAway, StaffLatest, StaffTally
from outpost.sentinel.queries import everybody, match
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.queries.latest import UNKNOWN_LAPSE
from outpost.sentinel.rules import CategoryRules, Judgement, StaffFacts, State, judge
from outpost.sentinel.services import latest


@dataclass(frozen=True)
class District:
    """Everything that stands in the tables, read plainly."""

    members: list[StaffMember]
    categories: dict[str, Category]
    samples: dict[UUID, list[datetime]]
    doses: dict[UUID, list[tuple[int, date, str]]]
    names: dict[UUID, set[bytes]]
    spells: dict[UUID, list[DutySpell]]
    _judgements: dict[tuple[UUID, date], Judgement] = field(default_factory=dict)

    @cached_property
    def rules(self) -> dict[str, CategoryRules]:
        return {code: rules_of(category) for code, category in self.categories.items()}

    @cached_property
    def products(self) -> dict[str, health.Product]:
        return {product.code: product for product in vaccinations.products()}

    def dose_states(self, member: StaffMember, on: date) -> Sequence[health.DoseState]:
        given = [
            health.DoseGiven(given_on=day, dose=dose, product=product)
            for dose, day, product in self.doses[member.person_id]
        ]
        return health.dose_states(health.VaccinationHistory(tuple(given)), on, self.products)

    def left_at(self, member: StaffMember) -> datetime | None:
        return min(filter(None, (member.removed_at, member.enrolment.removed_at)), default=None)

    def shown_from(self, member: StaffMember) -> datetime | None:
        """Since when samples show to the employer, if an officer or a fact bears the name out."""
        if member.is_unconfirmed and bytes(member.name_hash) not in self.names[member.person_id]:
            return None
        entered_on = clock.local_day(member.renumbered_at or member.created_at)
        return clock.day_start(entered_on - timedelta(days=31))

    def living(self) -> list[StaffMember]:
        return [one for one in self.members if self.left_at(one) is None]

    def at_dawn(self, on: date) -> list[StaffMember]:
        """Who stood in the ledger when the day began."""
        dawn = clock.day_start(on)
        return [
            one
            for one in self.members
            if one.joined_on <= on and ((left := self.left_at(one)) is None or left >= dawn)
        ]

    def judged(self, member: StaffMember, on: date) -> Judgement:
        """By the pure rule, once."""
        key = member.id, on
        if key not in self._judgements:
            self._judgements[key] = self._judge(member, on)
        return self._judgements[key]

    def lacks_tests(self, member: StaffMember, on: date) -> bool:
        """Whether the samples are too few on that day, on duty or not."""
        return self._judge_as(member, on, is_on_duty=True).state is State.MISSED

    def _judge(self, member: StaffMember, on: date) -> Judgement:
        away = any(
            one.starts_on <= on and (one.ends_on is None or one.ends_on > on)
            for one in self.spells[member.id]
        )
        return self._judge_as(member, on, is_on_duty=not away)

    def _judge_as(self, member: StaffMember, on: date, *, is_on_duty: bool) -> Judgement:
        code = member.enrolment.category_id
        return judge(
            self.rules[code].of(member.job_type),
            StaffFacts(member.joined_on, is_on_duty, self.samples[member.person_id]),
            on=on,
            zone=clock.zone(),
            judges_new_joiners=self.categories[code].judges_new_joiners,
        )


def read_district() -> District:
    samples: dict[UUID, list[datetime]] = defaultdict(list)
    doses, spells = defaultdict(list), defaultdict(list)
    names: dict[UUID, set[bytes]] = defaultdict(set)
    for record in TestRecord.objects.filter(is_withdrawn=False):
        known = samples[record.person_id]
        if record.sampled_at not in known:  # two reports of one minute are of one sample
            known.append(record.sampled_at)
        names[record.person_id].add(bytes(record.name_hash or b""))
    for dose in Vaccination.objects.filter(is_withdrawn=False):
        doses[dose.person_id].append((dose.dose, dose.given_on, dose.product_id))
        names[dose.person_id].add(bytes(dose.name_hash or b""))
    for spell in DutySpell.objects.all():
        spells[spell.staff_id].append(spell)
    members = list(StaffMember.objects.select_related("enrolment__organization", "enrolment__category"))
    categories = {one.code: one for one in Category.objects.prefetch_related("job_rules")}
    return District(members, categories, samples, doses, names, spells)


# --- the narrow row -------------------------------------------------------------------------------------------------


def check_narrow_rows(found: District) -> None:
    kept = {row.staff_id: row for row in StaffLatest.objects.all()}
    assert kept.keys() == {member.id for member in found.members}
    for member in found.members:
        expected = _narrow(found, member)
        assert {name: getattr(kept[member.id], name) for name in expected} == expected
        _check_lapse(found, member, kept[member.id].lapses_on)
    _check_sums(found, kept)
    _check_away(found, kept)
    assert latest.mend() == 0


def _check_sums(found: District, kept: Mapping[UUID, StaffLatest]) -> None:
    """How many who stand in an organisation lapse on a day and were last sampled on a day."""
    expected = Counter(_summed(found, member, kept) for member in found.living())
    assert {one.pk: one.people for one in StaffTally.objects.all()} == expected


def _check_away(found: District, kept: Mapping[UUID, StaffLatest]) -> None:
    """Every spell that takes somebody off duty, by the same days."""
    expected = {
        (member.person_id, spell.id): (
            member.id,
            *_summed(found, member, kept),
            spell.starts_on,
            spell.ends_on,
        )
        for member in found.living()
        for spell in found.spells[member.id]
        if spell.starts_on != spell.ends_on
    }
    columns = ("staff_id", "enrolment_id", "lapses_on", "last_on", "starts_on", "ends_on")
    assert {
        one.pk: tuple(getattr(one, name) for name in columns) for one in StaffAway.objects.all()
    } == expected


def _summed(
    found: District, member: StaffMember, kept: Mapping[UUID, StaffLatest]
) -> tuple[UUID, date, date]:
    last = max(found.samples[member.person_id], default=None)
    lapses_on = kept[member.id].lapses_on or StaffTally.NEVER
    return member.enrolment_id, lapses_on, clock.local_day(last) if last else StaffTally.NO_DAY


def _check_lapse(found: District, member: StaffMember, lapses_on: date | None) -> None:
    """After the last sample whoever is judged misses every dawn from that day on, and none before."""
    last = max((clock.local_day(at) for at in found.samples[member.person_id]), default=member.joined_on)
    for days in (1, 2, 3, 8, 32):
        on = max(last, member.joined_on) + timedelta(days=days)
        state = found.judged(member, on).state
        if lapses_on == UNKNOWN_LAPSE:
            assert len(found.samples[member.person_id]) >= health.LATEST_KEPT
        elif state is State.NO_RULE or lapses_on is None:
            assert state is State.NO_RULE
            assert lapses_on is None
        elif state is not State.OFF_DUTY:
            assert (state is State.MISSED) == (lapses_on <= on)


def _narrow(found: District, member: StaffMember) -> dict[str, Any]:
    """The columns of StaffLatest, from the ledger and the facts."""
    samples, doses = found.samples[member.person_id], found.doses[member.person_id]
    given = {n: [(day, product) for dose, day, product in doses if min(dose, 4) == n] for n in (1, 2, 3, 4)}
    return {
        "person_id": member.person_id,
        "enrolment_id": member.enrolment_id,
        "category_id": member.enrolment.category_id,
        "job_type": member.job_type,
        "joined_on": member.joined_on,
        "left_at": found.left_at(member),
        "sampled_at": sorted(samples)[-health.LATEST_KEPT :],
        **{f"dose_{n}_on": max((day for day, _ in given[n]), default=None) for n in given},
        **{f"product_{n}": max(given[n])[1] if given[n] else None for n in (1, 2)},
        "has_doses_again": any(len(those) > 1 for those in given.values()),
        "created_at": member.created_at,
        "position": member.position,
        "shown_from": found.shown_from(member),
    }


# --- the match ------------------------------------------------------------------------------------------------------


def check_states(found: District, on: date) -> None:
    """The states of everybody who stood in the ledger at the dawn, and the sums of them."""
    for code, category in found.categories.items():
        there = [one for one in found.at_dawn(on) if one.enrolment.category_id == code]
        tasks = match.tasks_of([category], on)
        if not tasks:
            assert all(found.judged(one, on).state is State.NO_RULE for one in there)
            continue
        expected = {one.id: found.judged(one, on) for one in there}
        states = {staff: judgement.state for staff, judgement in expected.items()}
        assert match.states(tasks, [one.id for one in found.members]) == states
        tally = everybody.tallies(tasks)[code, on]
        assert +tally.total() == Counter(states.values())
        missed = everybody.who_missed(tasks)
        assert sorted(missed) == _in(states, State.MISSED)
        for one in match.evidence(tasks, missed):
            assert one.judgement(State.MISSED, on) == expected[one.staff]


def _in(states: dict[UUID, State], state: State) -> list[UUID]:
    return sorted(staff for staff, found in states.items() if found is state)


def check_run(found: District, on: date) -> None:
    """The match that was kept just now: its sums and its findings."""
    judged = [code for code in found.categories if found.rules[code].is_on]
    for run in MatchRun.objects.filter(on=on, is_latest=True, category__in=judged):
        there = [one for one in found.at_dawn(on) if one.enrolment.category_id == run.category_id]
        expected = {one.id: found.judged(one, on) for one in there}
        states = Counter(judgement.state for judgement in expected.values())
        assert (run.staff, run.judged) == (len(there), states[State.MET] + states[State.MISSED])
        findings = list(MatchFinding.objects.filter(run=run))
        assert run.missed == states[State.MISSED] == len(findings)
        for one in findings:
            assert (one.found, tuple(one.samples)) == (
                expected[one.staff_id].found,
                expected[one.staff_id].samples,
            )
