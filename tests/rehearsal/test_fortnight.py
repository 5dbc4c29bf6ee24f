"""A fortnight of the made-up district under a clock of our own: matches, messages at nine, files, held against a count.

Records arrive at the dawn after their sampling, some two days late. On one day the machine is off.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.demo import district, sign_ins
from outpost.exchange import files
from outpost.exchange.services import request_export, write_export
from outpost.exchange.services.running import run_import
from outpost.health.services import ensure_products
from outpost.notifications.models import InboxMessage
from outpost.regions.services import load_divisions
from outpost.sentinel import jobs
from outpost.sentinel.models import AlertRound, Category, DutySpell, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.rules import StaffFacts, State, judge
from outpost.sentinel.services.alerts import AlertEntry, set_alert, set_command_group
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.templates import ensure_templates

pytestmark = [pytest.mark.nightly, pytest.mark.usefixtures("transactional_db")]

REGION, TOWN, DEPARTMENT, OWN = "440115", "440115001", "market", "cold-chain"
LAST = date(2022, 6, 8)
DAYS = [LAST - timedelta(days=back) for back in reversed(range(14))]
OFF = DAYS[6]
LATE_SHARE, LATE_DAYS = 0.03, 2
HEADERS = ("来源", "记录编号", "证件号码", "姓名", "采样时间", "结果时间", "检测结果", "检测机构", "采样点")
_NUMBER, _SAMPLED_AT, _RESULT_AT = map(HEADERS.index, ("证件号码", "采样时间", "结果时间"))


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.zone())


Found = dict[str, dict[State, list["Member"]]]
"""Category → state → who."""


@dataclass
class Clock:
    """The only clock; `set` moves it."""

    at: datetime

    def set(self, at: datetime) -> datetime:
        self.at = at
        return at


@dataclass(frozen=True)
class Member:
    """A staff member as a count by hand needs it."""

    id: UUID
    person: UUID
    joined_on: date
    is_on_duty: bool
    category: str
    organization: UUID
    town: str
    department: str | None


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    faked = Clock(local(LAST, 12))
    monkeypatch.setattr(clock, "now", lambda: faked.at)
    return faked


@pytest.fixture
def records(at: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """The district with its ledgers, accounts and alerts; its tests are not yet sent in, but given as rows."""
    held: list[tuple[object, ...]] = []
    load = district.Loader.load

    def all_but_tests(
        self: district.Loader,
        kind: str,
        headers: Sequence[str],
        rows: Iterable[Sequence[object]],
        **params: str,
    ) -> None:
        if kind == "health.tests":
            held.extend(tuple(row) for row in rows)
        else:
            load(self, kind, headers, rows, **params)

    monkeypatch.setattr(district.Loader, "load", all_but_tests)
    monkeypatch.setattr(district, "run_match", lambda *_args, **_named: None)
    load_divisions(REGION, actor=district.ACTOR, at=at.at)
    ensure_templates(region=REGION, actor=district.ACTOR, at=at.at)
    ensure_products()
    bodies = district.load_district(tmp_path / "demo", at=at.at, progress=lambda _text: None)
    sign_ins.make_sign_ins(REGION, bodies, actor=district.ACTOR, at=at.at)
    for code in Category.objects.values_list("code", flat=True):
        entry = AlertEntry(code, is_on=True, tells_principals=code == OWN)
        set_alert(entry, actor=district.ACTOR, at=at.at)
    command = User.objects.get(username="command")
    set_command_group([command.id], actor=district.ACTOR, at=at.at)
    return held


def test_a_fortnight(records: list[tuple[object, ...]], at: Clock, tmp_path: Path) -> None:
    members = everybody()
    by_dawn = arrivals(records)
    known: dict[UUID, list[datetime]] = defaultdict(list)
    found: Found = {}
    for day in DAYS:
        send_in(by_dawn[day], at.set(local(day, 0, 5)), known, tmp_path)
        if day == OFF:
            continue
        first_tick = local(day, 8, 40) if day == OFF + timedelta(days=1) else local(day, 0, 30)
        at.set(first_tick)
        for _ in range(2):
            jobs.match_today(0)
            jobs.alerts_at_nine(0)
        assert not AlertRound.objects.filter(on=day).exists()
        at.set(local(day, 9))
        for _ in range(2):
            jobs.match_today(0)
            jobs.alerts_at_nine(0)
        found = missed_by_hand(members, known, day)
        assert kept(day) == figures(found)
        assert told(day) == expected_messages(members, found, day)
        print(day, at.at.time(), figures_in_all(found), f"{len(told(day))} messages")
    assert set(AlertRound.objects.values_list("on", flat=True)) == {*DAYS} - {OFF}
    assert MatchRun.objects.filter(on=OFF, is_latest=True).count() == len(figures(found))
    look_back(members, known, at)
    open_files(members, missed_by_hand(members, known, LAST), at)


def look_back(members: list[Member], known: Mapping[UUID, list[datetime]], at: Clock) -> None:
    """Records that came late change a past day only when it is matched again, and the difference shows."""
    for day in (DAYS[4], DAYS[9]):
        before = {run.category_id: run for run in MatchRun.objects.filter(on=day, is_latest=True)}
        missed_before = missed_of(before.values())
        summaries = run_match(day, actor=district.ACTOR, at=at.at)
        found = missed_by_hand(members, known, day)
        assert kept(day) == figures(found)
        changed = 0
        for summary in summaries:
            now = {one.id for one in found[summary.category][State.MISSED]}
            then = missed_before[before[summary.category].id]
            assert (summary.newly_met, summary.newly_missed) == (len(then - now), len(now - then))
            changed += len(then - now)
        assert changed > 0
        assert {s.newly_met for s in run_match(day, actor=district.ACTOR, at=at.at)} == {0}
        print(f"{day} again: {changed} people were tested after all")
    assert AlertRound.objects.count() == len(DAYS) - 1


def open_files(members: list[Member], found: Found, at: Clock) -> None:
    """Both workbooks, as their recipients get them."""
    *summary, total = table("sentinel.alert_summary", "command", at, on=LAST.isoformat())
    names = dict(Category.objects.values_list("name", "code"))
    assert {names[row[0]]: (row[2], row[3]) for row in summary} == {
        code: (sum(map(len, states.values())), len(states[State.MISSED])) for code, states in found.items()
    }
    assert total[2:] == (sum(row[2] for row in summary), sum(row[3] for row in summary))
    whole = table("sentinel.missed_in_clear", "bureau", at, category=OWN, on=LAST.isoformat())
    missed = found[OWN][State.MISSED]
    assert len(whole) == len(missed)
    bodies = dict(StaffMember.objects.values_list("id", "enrolment__organization__name"))
    assert Counter(row[0] for row in whole) == Counter(bodies[one.id] for one in missed)
    finding = MatchFinding.objects.filter(run__on=LAST, run__is_latest=True, run__category=OWN)
    last = [at and at.astimezone(clock.zone()) for at in finding.values_list("last_sampled_at", flat=True)]
    shown = [row[-1] for row in whole]
    assert Counter(at and f"{at:%F %R}" for at in shown) == Counter(at and f"{at:%F %R}" for at in last)
    of_town = table("sentinel.missed", "town", at, category=OWN, on=LAST.isoformat())
    assert len(of_town) == sum(one.town == TOWN for one in missed)


def table(kind: str, user: str, at: Clock, **params: str) -> list[tuple[Any, ...]]:
    """The rows of a file as this account gets it, without the header."""
    actor = actor_of(User.objects.get(username=user), is_verified=True)
    task = request_export(kind, params=params, purpose="supervision", actor=actor, at=at.at)
    write_export(task.id, at=at.at)
    sheet = openpyxl.load_workbook(files.export_file(task.id)).worksheets[0]
    return list(sheet.iter_rows(min_row=2, values_only=True))


# --- what arrives -------------------------------------------------------------------------------------------------


def arrivals(records: Iterable[tuple[object, ...]]) -> dict[date, list[tuple[object, ...]]]:
    """The rows by the day at whose dawn they are sent in; what lies before the fortnight comes with the first."""
    chance, by_dawn = Random(14), defaultdict(list)
    for row in records:
        day = sampled_at(row).date() + timedelta(days=1)
        if chance.random() < LATE_SHARE:
            day += timedelta(days=LATE_DAYS)
        by_dawn[max(day, DAYS[0])].append(row)
    return by_dawn


def sampled_at(row: Sequence[object]) -> datetime:
    return datetime.strptime(str(row[_SAMPLED_AT]), "%Y-%m-%d %H:%M").replace(tzinfo=clock.zone())


def send_in(
    rows: list[tuple[object, ...]], at: datetime, known: dict[UUID, list[datetime]], folder: Path
) -> None:
    """Import the day's file, and note for the count what it says."""
    path = folder / "tests.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADERS, *(_as_known(row, at) for row in rows)])
    done = run_import(path, kind="health.tests", params={}, actor=district.ACTOR, at=at)
    assert (done.new, done.rejected) == (len(rows), 0)
    for row in rows:
        known[ring().pseudonym("resident_id", str(row[_NUMBER]))].append(sampled_at(row))


def _as_known(row: tuple[object, ...], at: datetime) -> tuple[object, ...]:
    """A row whose result comes only later says nothing of its time."""
    return (
        row
        if str(row[_RESULT_AT]) <= f"{at:%Y-%m-%d %H:%M}"
        else (*row[:_RESULT_AT], "", *row[_RESULT_AT + 1 :])
    )


# --- the count by hand --------------------------------------------------------------------------------------------


def everybody() -> list[Member]:
    away = set(DutySpell.objects.values_list("staff_id", flat=True))
    rows = StaffMember.objects.values_list(
        *("id", "person_id", "joined_on", "enrolment__category_id", "enrolment__organization_id"),
        *("enrolment__organization__region_id", "enrolment__category__department_id"),
    )
    return [Member(row[0], row[1], row[2], row[0] not in away, *row[3:]) for row in rows]


def missed_by_hand(members: Iterable[Member], known: Mapping[UUID, list[datetime]], on: date) -> Found:
    """Who stands how, by category, judged one by one by the pure rule from all that has arrived."""
    tasks = {task.category: task for task in match.tasks_of(Category.objects.all(), on)}
    found: Found = {code: defaultdict(list) for code in tasks}
    for one in members:
        if one.category in tasks and one.joined_on <= on:
            facts = StaffFacts(one.joined_on, one.is_on_duty, known.get(one.person, ()))
            judged = judge(tasks[one.category].rule, facts, on=on, zone=clock.zone())
            found[one.category][judged.state].append(one)
    return found


def figures(found: Found) -> dict[str, tuple[int, int, int]]:
    """Staff, judged and missed by category."""
    counts = {code: {state: len(them) for state, them in states.items()} for code, states in found.items()}
    return {
        code: (sum(n.values()), n.get(State.MET, 0) + n.get(State.MISSED, 0), n.get(State.MISSED, 0))
        for code, n in counts.items()
    }


def figures_in_all(found: Found) -> str:
    staff, judged, missed = (sum(column) for column in zip(*figures(found).values(), strict=True))
    return f"{staff} staff, {judged} judged, {missed} missed"


def kept(on: date) -> dict[str, tuple[int, int, int]]:
    runs = MatchRun.objects.filter(on=on, is_latest=True)
    return {run.category_id: (run.staff, run.judged, run.missed) for run in runs}


def missed_of(runs: Iterable[MatchRun]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for run, staff in MatchFinding.objects.filter(run__in=list(runs)).values_list("run_id", "staff_id"):
        found[run].add(staff)
    return found


def told(on: date) -> Counter[tuple[str, str, str, int, int]]:
    """The messages of a day: account, template, category, how many missed of how many."""
    messages = InboxMessage.objects.filter(params__on=on.isoformat()).select_related("user")
    return Counter(
        (
            m.user.username if m.user.sealed_phone is None else str(m.user_id),
            m.template,
            m.params.get("category", ""),
            m.params["missed"],
            m.params["judged"],
        )
        for m in messages
    )


def expected_messages(
    members: list[Member], found: Found, on: date
) -> Counter[tuple[str, str, str, int, int]]:
    """Who must have been told what: one message an officer and category, one a principal, one summary."""
    names = dict(Category.objects.values_list("code", "name"))
    scopes: dict[str, Callable[[Member], bool]] = {
        "bureau": lambda one: one.department == DEPARTMENT,
        "town": lambda one: one.town == TOWN,
    }
    expected: Counter[tuple[str, str, str, int, int]] = Counter()
    for code, states in found.items():
        for user, sees in scopes.items():
            missed, met = (sum(map(sees, states[state])) for state in (State.MISSED, State.MET))
            if missed:
                expected[user, "sentinel.alert", names[code], missed, missed + met] += 1
    _staff, judged, missed = (sum(column) for column in zip(*figures(found).values(), strict=True))
    expected["command", "sentinel.alert_summary", "", missed, judged] += 1
    missed_at = Counter(one.organization for one in found[OWN][State.MISSED])
    met_at = Counter(one.organization for one in found[OWN][State.MET])
    holders = dict(User.objects.filter(grants__role="principal").values_list("grants__scope_key", "id"))
    for organization, n in missed_at.items():
        user = str(holders[str(organization)])
        expected[user, "sentinel.alert_own", "", n, n + met_at[organization]] += 1
    return expected
