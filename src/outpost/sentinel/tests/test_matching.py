"""The nightly match as a service: kept, repeatable, honest about late records."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.health.models import LatestSamples, TestRecord
from outpost.people.models import Person
from outpost.sentinel import rules
from outpost.sentinel.models import Category, Enrolment, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.queries import compliance, missed
from outpost.sentinel.services.latest import mend
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.sheets.missed import MissedExport
from outpost.testing.cast import NOON, Cast

DAY = date(2022, 6, 8)
SYSTEM = Actor.system("test")


def _member(enrolment: Enrolment, name: str, *, joined_on: date = date(2022, 1, 1)) -> StaffMember:
    person = Person(person_id=uuid4(), doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON)
    person.save(force_insert=True)
    member = StaffMember(
        enrolment=enrolment,
        person=person,
        name_hash=b"",
        phone_hash=b"",
        content_hash=b"",
        joined_on=joined_on,
        created_at=NOON,
        updated_at=NOON,
    )
    stated = {"name": name, "phone": "16600000001", "address": "环市大道1号"}
    member.sealed = ring().seal(orjson.dumps(stated), member.sealing_context)
    member.save(force_insert=True)
    mend()
    return member


def _tested(member: StaffMember, *days: int) -> None:
    instants = [datetime(2022, 6, day, 1, 12, tzinfo=UTC) for day in days]  # 09:12 in Shanghai
    for at in instants:
        TestRecord(
            source="t", record_id=str(uuid4()), person_id=member.person_id, sampled_at=at, received_at=NOON
        ).save(force_insert=True)
    LatestSamples.objects.update_or_create(
        person_id=member.person_id, defaults={"sampled_at": sorted(instants, reverse=True)}
    )
    mend()


@pytest.fixture
def staff(cast: Cast) -> dict[str, StaffMember]:
    """Rule 3/2, window 5 to 7 June: two tests, one test, none, and one who joined on the 6th."""
    found = {
        "twice": _member(cast.near, "甄勤"),
        "once": _member(cast.near, "甄懒"),
        "never": _member(cast.far, "甄忘"),
        "new": _member(cast.near, "甄新", joined_on=date(2022, 6, 6)),
    }
    _tested(found["twice"], 5, 7)
    _tested(found["once"], 4, 6, 8)  # the 4th is before the window, the 8th after it
    return found


def test_run_is_kept_with_its_evidence(cast: Cast, staff: dict[str, StaffMember]) -> None:
    [cold, courier] = run_match(DAY, actor=SYSTEM, at=NOON)
    assert (cold.category, cold.staff, cold.judged, cold.missed) == ("cast-cold", 4, 3, 2)
    assert (courier.staff, courier.missed) == (0, 0)
    [standing] = compliance.compliance(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])
    assert standing.run is not None
    once, never = sorted(missed.people(standing), key=lambda one: -one.judgement.found)
    assert (once.staff, once.name, once.organization) == (staff["once"].id, "甄*", "近岸冷链有限公司")
    assert rules.evidence(once.judgement, "zh-hans") == "6月5日至6月7日，应检 2 次，实检 1 次（6月6日 09:12）"
    assert once.last_sampled_at == datetime(2022, 6, 6, 1, 12, tzinfo=UTC)
    assert (never.judgement.found, never.last_sampled_at) == (0, None)
    assert (
        AuditEntry.objects.filter(action="sentinel.match_run", object_id="2022-06-08", count=4).count() == 1
    )


def test_repeating_it_gives_the_same_answer(cast: Cast, staff: dict[str, StaffMember]) -> None:
    first = run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])[0]
    again = run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])[0]
    assert (again.staff, again.missed, again.newly_missed, again.newly_met) == (4, first.missed, 0, 0)
    assert MatchRun.objects.filter(category_id="cast-cold", on=DAY, is_latest=True).count() == 1
    assert MatchRun.objects.filter(category_id="cast-cold", on=DAY).count() == 2


def test_late_records_show_as_a_difference(cast: Cast, staff: dict[str, StaffMember]) -> None:
    run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])
    _tested(staff["once"], 4, 5, 6, 8)
    [late] = run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])
    assert (late.missed, late.newly_missed, late.newly_met) == (1, 0, 1)


def test_who_left_later_still_counts_for_the_day(cast: Cast, staff: dict[str, StaffMember]) -> None:
    member = staff["never"]
    member.removed_at = datetime(2022, 6, 7, 16, 0, tzinfo=UTC)  # the first instant of the 8th
    member.save(update_fields=["removed_at"])
    mend()
    assert run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])[0].staff == 4
    member.removed_at = datetime(2022, 6, 7, 15, 59, 59, tzinfo=UTC)
    member.save(update_fields=["removed_at"])
    mend()
    assert run_match(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])[0].staff == 3


def test_the_list_of_a_day_whose_names_are_gone_counts_nobody(
    cast: Cast, staff: dict[str, StaffMember]
) -> None:
    """Findings go before the counts of their day (`retention`)."""
    run_match(DAY, actor=SYSTEM, at=NOON)
    later = NOON + timedelta(days=200)
    standing = compliance.standing_of("cast-cold", DAY, actor=SYSTEM, at=later)
    assert (standing.missed, missed.missed_page(standing, limit=1)[1]) == (2, 2)
    MatchFinding.objects.all().delete()
    assert missed.missed_page(standing, limit=1) == ([], 0)
    file = MissedExport(MissedExport.views[-1])
    assert file.count({"category": "cast-cold", "on": DAY.isoformat()}, cast.actor("command")) == 0


@pytest.mark.promise("T2")
@pytest.mark.parametrize("is_matched", [True, False])
def test_report_is_narrowed_to_the_reader(
    cast: Cast, staff: dict[str, StaffMember], *, is_matched: bool
) -> None:
    if is_matched:
        run_match(DAY, actor=SYSTEM, at=NOON)

    def seen(name: str) -> list[tuple[str, int, int, int, set[UUID]]]:
        return [
            (one.category.code, one.staff, one.judged, one.missed, {m.staff for m in missed.people(one)})
            for one in compliance.compliance(DAY, actor=cast.actor(name), at=NOON)
        ]

    both, near = {staff["once"].id, staff["never"].id}, {staff["once"].id}
    assert seen("command") == [("cast-cold", 4, 3, 2, both)]
    assert seen("bureau") == [("cast-cold", 4, 3, 2, both)]
    assert seen("town") == [("cast-cold", 3, 2, 1, near)]
    assert seen("principal") == [("cast-cold", 3, 2, 1, near)]
    assert seen("outsider") == []


def test_category_without_rule_is_not_judged(cast: Cast, staff: dict[str, StaffMember]) -> None:
    Category.objects.filter(code="cast-cold").update(window_days=None, least_tests=None)
    assert [run.category for run in run_match(DAY, actor=SYSTEM, at=NOON)] == ["cast-courier"]
    report = missed.report(DAY, actor=SYSTEM, at=NOON, categories=["cast-cold"])
    [category] = report["categories"]
    assert (category["rule"], category["staff"], category["judged"], category["missed"]) == ("off", 4, 0, 0)


def test_unknown_category_and_missing_right_are_refused(cast: Cast) -> None:
    with pytest.raises(Refusal) as unknown:
        run_match(DAY, actor=SYSTEM, at=NOON, categories=["nowhere"])
    assert unknown.value.code == "sentinel.category_unknown"
    with pytest.raises(Refusal) as forbidden:
        run_match(DAY, actor=cast.actor("principal"), at=NOON)
    assert forbidden.value.status == 403
