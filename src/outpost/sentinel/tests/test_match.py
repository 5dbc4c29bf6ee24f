"""The set-based match against the naive oracle, on the same histories as the pure rule (R9)."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import uuid4

import pytest

from outpost.health.models import LatestSamples, TestRecord
from outpost.health.rules import LATEST_KEPT
from outpost.people.models import Person
from outpost.sentinel.models import Category, DutySpell, Enrolment, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.rules import State, TestingRule
from outpost.sentinel.tests.histories import SHANGHAI, STAGES, History, histories
from outpost.testing.cast import NOON, Cast

COUNT = 4_000


def _ledger(cast: Cast, subjects: list[History]) -> dict[str, list[tuple[History, StaffMember]]]:
    """A category for each kind of rule, and a staff member for each history."""
    members = defaultdict(list)
    for history in subjects:
        code = f"r-{history.rule}-{history.judges_new_joiners}"
        if code not in members:
            Category(code=code, name=code, updated_at=NOON).save(force_insert=True)
            Enrolment(
                category_id=code, organization=cast.near.organization, created_at=NOON, updated_at=NOON
            ).save(force_insert=True)
        person = Person(person_id=uuid4(), doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON)
        member = StaffMember(
            person=person,
            sealed=b"",
            name_hash=b"",
            phone_hash=b"",
            content_hash=b"",
            joined_on=history.joined_on,
            created_at=NOON,
            updated_at=NOON,
        )
        members[code].append((history, member))
    enrolments = {e.category_id: e for e in Enrolment.objects.filter(category__code__startswith="r-")}
    everyone = [(code, history, member) for code, group in members.items() for history, member in group]
    for code, _, member in everyone:
        member.enrolment = enrolments[code]
    Person.objects.bulk_create([member.person for _, _, member in everyone])
    StaffMember.objects.bulk_create([member for _, _, member in everyone])
    DutySpell.objects.bulk_create(
        DutySpell(staff=member, state="resting", starts_on=history.on)
        for _, history, member in everyone
        if not history.is_on_duty
    )
    return dict(members)


def _write_facts(everyone: Iterable[tuple[History, StaffMember]], stage: str) -> None:
    TestRecord.objects.all().delete()
    LatestSamples.objects.all().delete()
    records, latest = [], []
    for history, member in everyone:
        samples = history.sampled_at(stage)
        records += [
            TestRecord(
                source="t",
                record_id=str(uuid4()),
                person_id=member.person_id,
                sampled_at=at,
                received_at=NOON,
            )
            for at in samples
        ]
        if samples:
            kept = sorted(samples, reverse=True)[:LATEST_KEPT]
            latest.append(LatestSamples(person_id=member.person_id, sampled_at=kept))
    TestRecord.objects.bulk_create(records)
    LatestSamples.objects.bulk_create(latest)


@pytest.mark.slow
@pytest.mark.promise("R9")
def test_match_equals_the_oracle(cast: Cast) -> None:
    subjects = [history for history in histories(COUNT * 2, seed=9) if history.zone == SHANGHAI][:COUNT]
    ledger = _ledger(cast, subjects)
    everyone = [pair for group in ledger.values() for pair in group]
    seen: dict[str, int] = defaultdict(int)
    for stage in STAGES:
        _write_facts(everyone, stage)
        for code, group in ledger.items():
            window_days, least, counts_days = group[0][0].rule
            rule = TestingRule(window_days, least, counts_days)
            tasks = [
                match.Task(code, rule, on, group[0][0].judges_new_joiners)
                for on in sorted({history.on for history, _ in group})
            ]
            found = match.tallies(tasks)
            for history, member in group:
                state, _ = history.expected(stage)
                is_missed = member.id in found[code, history.on].missed
                assert is_missed == (state == State.MISSED), (stage, history)
                seen[state] += 1
    assert all(seen[state] > 200 for state in ("met", "missed", "new_joiner", "off_duty")), seen


@pytest.mark.promise("R9")
def test_states_and_evidence_equal_the_oracle(cast: Cast) -> None:
    subjects = [history for history in histories(800, seed=10) if history.zone == SHANGHAI]
    ledger = _ledger(cast, subjects)
    _write_facts([pair for group in ledger.values() for pair in group], "late")
    for code, group in ledger.items():
        for history, member in group:
            window_days, least, counts_days = history.rule
            rule = TestingRule(window_days, least, counts_days)
            task = match.Task(code, rule, history.on, history.judges_new_joiners)
            state, number = history.expected("late")
            if history.joined_on <= history.on:  # who joins later is not in the ledger of that dawn
                assert match.states([task], [member.id]) == {member.id: State(state)}
            [evidence] = match.evidence(rule, history.on, [member.id])
            assert rule.found(evidence.samples, SHANGHAI) == number
            before = [at for at in history.sampled_at("late") if at.astimezone(SHANGHAI).date() < history.on]
            assert evidence.last_sampled_at == (max(before) if before else None)
