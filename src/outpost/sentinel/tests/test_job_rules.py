"""Rules that differ by job type: set and removed, and whom the match, the reports and the pages judge by which."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.sentinel import errors
from outpost.sentinel.models import Category, JobRule, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.queries import compliance, missed
from outpost.sentinel.queries.alerts import DayFigures, Figure, preview
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.queries.outlook import Due, due_rows, outlook
from outpost.sentinel.queries.person import judgements_of
from outpost.sentinel.queries.staff import member_of, staff_page
from outpost.sentinel.queries.staff_filter import StaffFilter
from outpost.sentinel.queries.statistics.ledger import ANY
from outpost.sentinel.rules import State, TestingRule
from outpost.sentinel.services.categories import JobRuleEntry, remove_job_rule, set_job_rule
from outpost.sentinel.services.latest import mend
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.staff import change_staff, remove_staff
from outpost.sentinel.tests.ledgers import actions, add, entry
from outpost.sentinel.tests.pages import at_clock, browser, page, sampled, text
from outpost.testing.browsers import sent
from outpost.testing.browsers import shown as page_after
from outpost.testing.cast import NOON, Cast

CODE = "cast-cold"  # 3/2
DRIVER = JobRuleEntry(CODE, "司机", "7/1")
CLERK = JobRuleEntry(CODE, "文员", "off")
SYSTEM = Actor.system("test")
LATER = NOON + timedelta(days=10)  # 2022-06-18 12:00 in Shanghai
DAY = clock.local_day(LATER)


@pytest.fixture
def at_later() -> Iterator[None]:
    with at_clock(LATER):
        yield


@pytest.fixture
def staff(cast: Cast) -> dict[str, StaffMember]:
    """A porter and two drivers, one of whom was tested five days ago, and a clerk, under 3/2, 7/1 and no rule."""
    for one in (DRIVER, CLERK):
        set_job_rule(one, actor=cast.actor("command"), at=NOON)
    found = {
        "porter": add(cast, 1, name="甄搬运"),
        "tested": add(cast, 2, name="甄司机", job_type="司机"),
        "driver": add(cast, 3, name="甄未检", job_type="司机"),
        "clerk": add(cast, 4, name="甄文员", job_type="文员"),
    }
    sampled(found["tested"], LATER - timedelta(days=5))
    return found


# --- set and removed ----------------------------------------------------------------------------------------------


def test_a_rule_of_a_job_is_set_changed_and_removed(cast: Cast) -> None:
    command = cast.actor("command")
    set_job_rule(DRIVER, actor=command, at=NOON)
    set_job_rule(JobRuleEntry(CODE, " 司机 ", "７／２", counts_days=True), actor=command, at=NOON)
    assert rules_of(cast.cold_chain).by_job == {"司机": TestingRule(7, 2, True)}
    set_job_rule(JobRuleEntry(CODE, "司机", "off"), actor=command, at=NOON)
    remove_job_rule(CODE, "司机", actor=command, at=NOON)
    assert not JobRule.objects.exists()
    assert [
        (entry.action, entry.object_id, entry.detail) for entry in AuditEntry.objects.order_by("seq")
    ] == [
        ("sentinel.rule_changed", CODE, {"job_type": "司机", "before": before, "after": after})
        for before, after in [("none", "7/1"), ("7/1", "7/2 days"), ("7/2 days", "off"), ("off", "none")]
    ]


def test_a_repetition_changes_nothing(cast: Cast) -> None:
    command = cast.actor("command")
    for _ in range(2):
        set_job_rule(DRIVER, actor=command, at=NOON)
    assert (JobRule.objects.count(), len(actions())) == (1, 1)
    for _ in range(2):
        remove_job_rule(CODE, "司机", actor=command, at=NOON)
    assert (JobRule.objects.count(), len(actions())) == (0, 2)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (JobRuleEntry(CODE, " ", "7/1"), errors.JOB_TYPE_EMPTY.code),
        (JobRuleEntry(CODE, "司" * 61, "7/1"), "sheets.too_long"),
        (JobRuleEntry(CODE, "司\x1f机", "7/1"), "sheets.control_character"),
        (JobRuleEntry(CODE, "司机", "often"), errors.RULE_FORMAT.code),
        (JobRuleEntry(CODE, "司机", "40/1"), errors.RULE_WINDOW.code),
        (JobRuleEntry(CODE, "司机", "2/3", counts_days=True), errors.RULE_DAYS.code),
        (JobRuleEntry("nowhere", "司机", "7/1"), NOT_FOUND.code),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, entry: JobRuleEntry, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_job_rule(entry, actor=cast.actor("command"), at=NOON)
    assert refused.value.code == code
    assert refused.value.message
    assert not JobRule.objects.exists()
    assert actions() == []


@pytest.mark.parametrize("who", ["town", "bureau", "principal", "operator", "security", "outsider"])
def test_only_the_command_office_sets_them(cast: Cast, who: str) -> None:
    set_job_rule(DRIVER, actor=cast.actor("command"), at=NOON)
    with pytest.raises(Refusal) as refused:
        set_job_rule(CLERK, actor=cast.actor(who), at=NOON)
    assert refused.value.problem is FORBIDDEN
    with pytest.raises(Refusal) as refused:
        remove_job_rule(CODE, "司机", actor=cast.actor(who), at=NOON)
    assert refused.value.problem is FORBIDDEN
    assert [rule.job_type for rule in JobRule.objects.all()] == ["司机"]


# --- whom they judge ----------------------------------------------------------------------------------------------


def test_a_run_judges_each_by_the_own_rule_and_keeps_which(cast: Cast, staff: dict[str, StaffMember]) -> None:
    [run, _courier] = run_match(DAY, actor=cast.actor("command"), at=LATER)
    assert (run.staff, run.judged, run.missed) == (4, 3, 2)
    kept = MatchRun.objects.get(id=run.run)
    assert kept.job_rules == [
        {"job_type": "司机", "window_days": 7, "least_tests": 1, "counts_days": False},
        {"job_type": "文员", "window_days": None, "least_tests": None, "counts_days": False},
    ]
    found = dict(MatchFinding.objects.filter(run=kept).values_list("staff_id", "job_type"))
    assert found == {staff["porter"].id: "", staff["driver"].id: "司机"}


@pytest.mark.parametrize("is_matched", [True, False])
def test_the_report_shows_the_window_of_the_own_rule(
    cast: Cast, staff: dict[str, StaffMember], *, is_matched: bool
) -> None:
    command = cast.actor("command")
    if is_matched:
        run_match(DAY, actor=command, at=LATER)
        # what changes later leaves the kept evidence as it was
        staff["driver"].job_type = "搬运工"
        staff["driver"].save(update_fields=["job_type"])
        remove_job_rule(CODE, "司机", actor=command, at=LATER)
    [category] = missed.report(DAY, actor=command, at=NOON, categories=[CODE])["categories"]
    assert (category["rule"], category["job_rules"]) == ("3/2", {"司机": "7/1", "文员": "off"})
    assert (category["staff"], category["judged"], category["missed"]) == (4, 3, 2)
    assert sorted((one["required"], *one["window"]) for one in category["people"]) == [
        (1, "2022-06-11", "2022-06-17"),
        (2, "2022-06-15", "2022-06-17"),
    ]
    [courier] = missed.report(DAY, actor=SYSTEM, at=NOON, categories=["cast-courier"])["categories"]
    assert "job_rules" not in courier


def test_jobs_are_judged_while_the_categorys_rule_is_off(cast: Cast, staff: dict[str, StaffMember]) -> None:
    Category.objects.filter(code=CODE).update(window_days=None, least_tests=None)
    mend()  # the narrow rows follow the rule
    command = cast.actor("command")
    [run] = run_match(DAY, actor=command, at=LATER, categories=[CODE])
    assert (run.staff, run.judged, run.missed) == (4, 2, 1)
    [category] = missed.report(DAY, actor=command, at=NOON, categories=[CODE])["categories"]
    assert (category["rule"], [one["required"] for one in category["people"]]) == ("off", [1])


def test_a_category_whose_jobs_are_all_off_has_no_run(cast: Cast, staff: dict[str, StaffMember]) -> None:
    Category.objects.filter(code=CODE).update(window_days=None, least_tests=None)
    mend()  # the narrow rows follow the rule
    command = cast.actor("command")
    remove_job_rule(CODE, "司机", actor=command, at=NOON)
    assert run_match(DAY, actor=command, at=LATER, categories=[CODE]) == []
    [category] = missed.report(DAY, actor=command, at=NOON, categories=[CODE])["categories"]
    assert (category["rule"], category["job_rules"], category["staff"]) == ("off", {"文员": "off"}, 4)


def test_lists_and_filters_know_who_has_no_rule(cast: Cast, staff: dict[str, StaffMember]) -> None:
    command = cast.actor("command")
    rows, _total = staff_page(StaffFilter(category=CODE), actor=command, at=LATER)
    names = {member.id: name for name, member in staff.items()}
    states = {names[row.id]: row.state for row in rows}
    assert states == {
        "porter": State.MISSED,
        "tested": State.MET,
        "driver": State.MISSED,
        "clerk": State.NO_RULE,
    }
    for state in set(states.values()):
        found, _total = staff_page(StaffFilter(state=str(state)), actor=command, at=LATER)
        assert {names[row.id] for row in found} == {name for name, one in states.items() if one == state}
    assert judgements_of(member_of(staff["clerk"].id, actor=command), at=LATER, actor=command) == []
    dawns = judgements_of(member_of(staff["driver"].id, actor=command), at=LATER, actor=command)
    assert [(one.state, one.rule) for _on, one in dawns] == [(State.MISSED, TestingRule(7, 1))] * 3


def test_who_is_due_is_due_by_the_own_rule(cast: Cast, staff: dict[str, StaffMember]) -> None:
    """The driver tested on the 13th falls out of 7/1 at the dawn of the 21st; the clerk is never due."""
    principal = cast.actor("principal")
    at = LATER + timedelta(days=2)
    found = outlook(ANY, actor=principal, at=at)
    assert found.due == {
        staff["porter"].id: Due.OVERDUE,
        staff["driver"].id: Due.OVERDUE,
        staff["tested"].id: Due.TODAY,
    }
    rows = due_rows(found, list(found.due), actor=principal, at=at)
    assert {row.staff.id: row.judgement.rule for row in rows} == {
        staff["porter"].id: TestingRule(3, 2),
        staff["driver"].id: TestingRule(7, 1),
        staff["tested"].id: TestingRule(7, 1),
    }


def test_a_tried_rule_leaves_those_of_the_jobs(cast: Cast, staff: dict[str, StaffMember]) -> None:
    rules = rules_of(cast.cold_chain)
    [*_before, today] = preview(cast.cold_chain, rules, today=DAY)
    assert (today.judged, today.missed) == (3, 2)


# --- a driver on 7/1 in a category of 3/2, from the run to the page ----------------------------------------------


def test_a_driver_is_judged_by_the_rule_of_drivers_everywhere(
    cast: Cast, staff: dict[str, StaffMember], at_later: None
) -> None:
    client = browser(cast, "command")
    client.post("/sentinel/match", {"on": DAY.isoformat()})
    standings = text(page(client, "sentinel:compliance"))
    assert "2 tests in 3 days 司机 1 test in 7 days 文员 not tested 4 3 2" in standings
    missed = page(client, "sentinel:missed", CODE, on=DAY.isoformat()).content.decode()
    assert "11 June to 17 June, 1 test due, 0 found" in missed
    assert "15 June to 17 June, 2 tests due, 0 found" in missed
    assert missed.count(" due, 0 found") == 2
    person = text(page(client, "sentinel:staff_member", staff["tested"].id))
    assert "11 June to 17 June, 1 test due, 1 found (13 June 12:00)" in person
    assert "No testing rule holds for this person." in text(
        page(client, "sentinel:staff_member", staff["clerk"].id)
    )
    first = text(page(browser(cast, "principal"), "sentinel:today"))
    assert "2 people must be tested today" in first
    tried = text(page(client, "sentinel:alert_setting", CODE, rule="7/1"))
    assert "1 test in 7 days 司机 1 test in 7 days 文员 not tested Today 2 of 3 people" in tried


def test_whoever_missed_was_judged_whatever_became_of_those_who_left(
    cast: Cast, staff: dict[str, StaffMember], at_later: None
) -> None:
    """The clerk was not judged at dawn, and would be now, under the new job, had they not left at once."""
    actor = cast.actor("command")
    run_match(DAY, actor=SYSTEM, at=LATER)
    remove_staff([staff["tested"].id], actor=actor, at=LATER)
    change_staff(staff["clerk"].id, entry(4, job_type="司机"), actor=actor, at=LATER)
    remove_staff([staff["clerk"].id], actor=actor, at=LATER)
    standing = compliance.standing_of(CODE, DAY, actor=actor, at=LATER)
    assert (standing.staff, standing.judged, standing.missed) == (2, 2, 2)
    assert DayFigures.read(DAY, at=LATER).by_category(EVERYTHING) == {CODE: Figure(2, 2)}


# --- pages --------------------------------------------------------------------------------------------------------


def test_a_rule_is_added_changed_and_removed_on_the_page_of_the_category(cast: Cast) -> None:
    client = browser(cast, "command")
    assert "No rules by job type" in text(page(client, "sentinel:category", CODE))
    add(cast, 1, job_type="司机")
    offered = page(client, "sentinel:new_job_rule", CODE).content.decode()
    assert '<option value="司机">' in offered
    saved = client.post(f"/sentinel/categories/{CODE}/job-rules/new", {"job_type": "司机", "rule": "7/1"})
    assert saved["Location"] == f"/sentinel/categories/{CODE}"
    rule = JobRule.objects.get()
    shown = page(client, "sentinel:category", CODE)
    assert "司机 1 test in 7 days 1 Remove" in text(shown)
    assert f"/sentinel/categories/job-rules/{rule.id}" in shown.content.decode()
    assert "2 tests in 3 days 司机 1 test in 7 days" in text(page(client, "sentinel:categories"))
    own = {"rule": "other", "window_days": "5", "least_tests": "2", "counts_days": "on"}
    address = f"/sentinel/categories/job-rules/{rule.id}"
    client.post(address, sent(client, address, own))
    form = page(client, "sentinel:edit_job_rule", rule.id).content.decode()
    assert 'value="5"' in form
    assert rules_of(cast.cold_chain).by_job == {"司机": TestingRule(5, 2, True)}
    told = client.post(f"/sentinel/categories/job-rules/{rule.id}/remove", follow=True)
    assert "No rules by job type" in text(told)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"job_type": "", "rule": "7/1"}, "job_type"),
        ({"job_type": "文员", "rule": "7/1"}, "job_type"),
        ({"job_type": "司机", "rule": "other", "window_days": "5"}, "least_tests"),
        (
            {
                "job_type": "司机",
                "rule": "other",
                "window_days": "2",
                "least_tests": "3",
                "counts_days": "on",
            },
            "least_tests",
        ),
        ({"job_type": "司机"}, "rule"),
    ],
)
def test_a_mistake_is_shown_at_its_field(cast: Cast, stated: dict[str, str], field: str) -> None:
    set_job_rule(CLERK, actor=cast.actor("command"), at=NOON)
    client = browser(cast, "command")
    refused = page_after(client, client.post(f"/sentinel/categories/{CODE}/job-rules/new", stated))
    assert f'id="id_{field}_error"' in refused.content.decode()
    assert [rule.job_type for rule in JobRule.objects.all()] == ["文员"]


@pytest.mark.parametrize("who", ["bureau", "town"])
def test_others_read_the_rules_and_count_their_own_staff(
    cast: Cast, staff: dict[str, StaffMember], who: str
) -> None:
    add(cast, 9, to=cast.far.id, job_type="司机")
    client = browser(cast, who)
    shown = page(client, "sentinel:category", CODE)
    number = 3 if who == "bureau" else 2
    assert f"司机 1 test in 7 days {number} 文员 not tested 1" in text(shown)
    assert "/job-rules/" not in shown.content.decode()
    assert page(client, "sentinel:new_job_rule", CODE).status_code == 403


def test_what_does_not_exist_is_not_found(cast: Cast) -> None:
    client = browser(cast, "command")
    rule = set_job_rule(JobRuleEntry("cast-courier", "司机", "off"), actor=cast.actor("command"), at=NOON)
    Category.objects.filter(code="cast-courier").update(is_active=False)
    for key in (rule.id, cast.near.id):
        assert page(client, "sentinel:edit_job_rule", key).status_code == 404
        assert client.post(f"/sentinel/categories/job-rules/{key}/remove").status_code == 404
    assert page(client, "sentinel:new_job_rule", "cast-courier").status_code == 404
    assert JobRule.objects.count() == 1
