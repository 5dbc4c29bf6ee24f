"""The set-based match against the naive oracle, on the same histories as the pure rule (R9)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outpost.core.actor import Actor
from outpost.core.db import copy_rows, planned_with, rows_of
from outpost.health.models import LatestSamples, TestRecord
from outpost.health.rules import LATEST_KEPT
from outpost.people.models import Person
from outpost.sentinel.models import Category, DutySpell, Enrolment, JobRule, MatchFinding, StaffMember
from outpost.sentinel.queries import everybody, match
from outpost.sentinel.rules import State
from outpost.sentinel.services.latest import mend
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.tests.histories import JOB_TYPES, SHANGHAI, STAGES, Book, History, books, histories
from outpost.testing.cast import NOON, Cast

COUNT = 4_000
CATEGORIES = 24
FACT = ("source", "record_id", "person_id", "sampled_at", "received_at", "result", "is_withdrawn")
TEXTS = ("laboratory", "sampling_point", "tube")
UNSAID = (NOON, "pending", False, "", "", "")


@dataclass(frozen=True)
class Subject:
    """A staff member with a history, in a category with its book of rules."""

    history: History
    book: Book
    member: StaffMember

    def expected(self, stage: str) -> tuple[str, int]:
        return self.book.expected(self.history, self.member.job_type, stage)


def _ledger(cast: Cast, found: list[History], *, seed: int) -> dict[str, list[Subject]]:
    """Categories with random rules, and a staff member of a random job type for each history."""
    enrolments = {
        f"r-{number}": (book, _enrolment(cast, f"r-{number}", book))
        for number, book in enumerate(books(CATEGORIES, seed=seed))
    }
    random = Random(seed)
    subjects: dict[str, list[Subject]] = {code: [] for code in enrolments}
    for history in found:
        code, (book, enrolment) = random.choice(list(enrolments.items()))
        person = Person(person_id=uuid4(), doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON)
        member = StaffMember(
            enrolment=enrolment,
            person=person,
            job_type=random.choice(JOB_TYPES),
            sealed=b"",
            name_hash=b"",
            phone_hash=b"",
            content_hash=b"",
            joined_on=history.joined_on,
            created_at=NOON,
            updated_at=NOON,
        )
        subjects[code].append(Subject(history, book, member))
    everyone = [subject for group in subjects.values() for subject in group]
    Person.objects.bulk_create([subject.member.person for subject in everyone])
    StaffMember.objects.bulk_create([subject.member for subject in everyone])
    DutySpell.objects.bulk_create(
        DutySpell(staff=subject.member, state="resting", starts_on=subject.history.on)
        for subject in everyone
        if not subject.history.is_on_duty
    )
    return subjects


def _enrolment(cast: Cast, code: str, book: Book) -> Enrolment:
    category = Category(code=code, name=code, updated_at=NOON, judges_new_joiners=book.judges_new_joiners)
    _set_rule(category, book.own)
    category.save(force_insert=True)
    for job_type, rule in book.by_job:
        row = JobRule(category=category, job_type=job_type)
        _set_rule(row, rule)
        row.save(force_insert=True)
    enrolment = Enrolment(
        category=category, organization=cast.near.organization, created_at=NOON, updated_at=NOON
    )
    enrolment.save(force_insert=True)
    return enrolment


def _set_rule(row: Category | JobRule, rule: tuple[int, int, bool] | None) -> None:
    row.window_days, row.least_tests, row.counts_days = rule or (None, None, False)


def _write_facts(everyone: Iterable[Subject], stage: str) -> None:
    TestRecord.objects.all().delete()
    LatestSamples.objects.all().delete()
    records, latest = [], []
    for subject in everyone:
        person, samples = subject.member.person_id, subject.history.sampled_at(stage)
        records += [("t", str(uuid4()), person, at, *UNSAID) for at in samples]
        if samples:
            latest.append((person, sorted(samples, reverse=True)[:LATEST_KEPT]))
    copy_rows("health_testrecord", (*FACT, *TEXTS), records)
    copy_rows("health_latestsamples", ("person_id", "sampled_at"), latest)
    mend()


def _check_counts(found: dict[tuple[str, date], everybody.Tally], ledger: dict[str, list[Subject]]) -> None:
    for (code, on), tally in found.items():
        there = [subject for subject in ledger[code] if subject.history.joined_on <= on]
        without = [subject for subject in there if subject.expected("dawn")[0] == State.NO_RULE]
        total = tally.total()
        assert (total.total(), total[State.NO_RULE]) == (len(there), len(without))


@pytest.mark.slow
@pytest.mark.promise("R9")
def test_match_equals_the_oracle(cast: Cast) -> None:
    subjects = [history for history in histories(COUNT * 2, seed=9) if history.zone == SHANGHAI][:COUNT]
    ledger = _ledger(cast, subjects, seed=9)
    everyone = [subject for group in ledger.values() for subject in group]
    days = sorted({subject.history.on for subject in everyone})
    categories = Category.objects.filter(code__in=ledger)
    seen: Counter[str] = Counter()
    for stage in STAGES:
        _write_facts(everyone, stage)
        tasks = {on: match.tasks_of(categories, on) for on in days}
        found = everybody.tallies([task for of_day in tasks.values() for task in of_day])
        missed = {on: set(everybody.who_missed(of_day)) for on, of_day in tasks.items()}
        _check_counts(found, ledger)
        for on in days:
            counted = sum(tally.total()[State.MISSED] for (_, day), tally in found.items() if day == on)
            assert counted == len(missed[on])
        for group in ledger.values():
            for subject in group:
                state, _ = subject.expected(stage)
                is_missed = subject.member.id in missed[subject.history.on]
                assert is_missed == (state == State.MISSED), (stage, subject)
                seen[state] += 1
    assert all(seen[state] > 200 for state in ("met", "missed", "new_joiner", "off_duty", "no_rule")), seen


@pytest.mark.promise("R9")
def test_states_and_evidence_equal_the_oracle(cast: Cast) -> None:
    subjects = [history for history in histories(800, seed=10) if history.zone == SHANGHAI]
    ledger = _ledger(cast, subjects, seed=10)
    _write_facts([subject for group in ledger.values() for subject in group], "late")
    for code, group in ledger.items():
        for subject in group:
            history, member = subject.history, subject.member
            tasks = match.tasks_of(Category.objects.filter(code=code), history.on)
            state, number = subject.expected("late")
            if tasks and history.joined_on <= history.on:  # who joins later is not in the ledger of that dawn
                assert match.states(tasks, [member.id]) == {member.id: State(state)}
            evidence = match.evidence(tasks, [member.id])
            assert len(evidence) == (state != "no_rule")
            for one in evidence:
                assert one.job_type == (
                    member.job_type if member.job_type in dict(subject.book.by_job) else ""
                )
                assert one.rule.found(one.samples, SHANGHAI) == number
                before = [
                    at for at in history.sampled_at("late") if at.astimezone(SHANGHAI).date() < history.on
                ]
                assert one.last_sampled_at == (max(before) if before else None)


@pytest.mark.promise("R9")
def test_kept_findings_equal_the_oracle(cast: Cast) -> None:
    subjects = [history for history in histories(800, seed=11) if history.zone == SHANGHAI]
    ledger = _ledger(cast, subjects, seed=11)
    everyone = [subject for group in ledger.values() for subject in group]
    _write_facts(everyone, "late")
    for on in {subject.history.on for subject in everyone}:
        run_match(on, actor=Actor.system("test"), at=NOON)
    kept = {
        (one.run.on, one.staff_id): (one.job_type, one.found, len(one.samples))
        for one in MatchFinding.objects.select_related("run")
    }
    counted = 0
    for subject in everyone:
        state, number = subject.expected("late")
        found = kept.get((subject.history.on, subject.member.id))
        assert (found is not None) == (state == State.MISSED), subject
        if found is not None:
            job_type = subject.member.job_type if subject.member.job_type in dict(subject.book.by_job) else ""
            assert found[:2] == (job_type, number), subject
            counted += found[1] != found[2]
    assert counted, "no rule that counts days was tried where days and samples differ"


@pytest.mark.promise("R9")
def test_nobody_is_sought_in_a_list_from_its_beginning_for_each_who_was_found(cast: Cast) -> None:
    """On the day on which everybody has just joined the odd ones are everybody: a million times a million."""
    with CaptureQueriesContext(connection) as asked:
        everybody.tallies(match.tasks_of(Category.objects.in_use(), NOON.date()))
    (statement,) = [one["sql"] for one in asked if one["sql"].startswith("WITH odd")]
    with planned_with(enable_nestloop="off", enable_seqscan="off"):
        plan = [line for (line,) in rows_of(f"EXPLAIN {statement}".replace("%", "%%"), {})]
    sought = [line for line in plan if "staff_id = ANY ((InitPlan" in line]
    assert sought
    assert not [line for line in sought if "Filter:" in line]
