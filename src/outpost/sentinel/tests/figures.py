"""Every figure of today against the list that it opens, its file, and a plain count (R16)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from outpost.access.queries import actor_of
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.kinds import ExportKind
from outpost.figures.lists import CountedList
from outpost.health import rules as health
from outpost.health.actions import SEE_FACTS
from outpost.notifications.models import InboxMessage
from outpost.sentinel.actions import SEE_COMPLIANCE, SEE_STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import AS_ENTERED, MatchFinding, StaffMember
from outpost.sentinel.queries.compliance import Standing, compliance
from outpost.sentinel.queries.missed import missed_page
from outpost.sentinel.queries.outlook import Due, due_rows, outlook
from outpost.sentinel.queries.staff import staff_page
from outpost.sentinel.queries.staff_filter import DOSES, StaffFilter
from outpost.sentinel.queries.statistics import Chosen, Grouping, nat_statistics, vaccination_statistics
from outpost.sentinel.queries.statistics import lists as counted
from outpost.sentinel.queries.statistics.ledger import ANY
from outpost.sentinel.queries.statistics.lists import Asked, opened
from outpost.sentinel.queries.unmatched import recencies
from outpost.sentinel.rules import Recency, State, hours_bucket
from outpost.sentinel.sheets.due import DueExport
from outpost.sentinel.sheets.exports import StaffExport
from outpost.sentinel.sheets.missed import MissedExport, SummaryExport
from outpost.sentinel.tests.checks import District
from outpost.sentinel.tests.district import Sees

T = TypeVar("T")
ALL = 500  # rows of a page: more than there are


@dataclass(frozen=True)
class Reading:
    """The district, read by somebody at an instant; `turn` says which of many filters are asked this time."""

    found: District
    actor: Actor
    sees: Sees
    at: datetime
    turn: int

    @property
    def on(self) -> date:
        return clock.local_day(self.at)

    def living(self) -> list[StaffMember]:
        return [one for one in self.found.living() if self.sees(one.enrolment)]

    def listed(self, **wanted: Any) -> list[UUID]:
        rows, total = staff_page(StaffFilter(**wanted), actor=self.actor, at=self.at, limit=ALL)
        assert len(rows) == total
        return sorted(row.id for row in rows)


def _ids(members: Iterator[StaffMember] | list[StaffMember]) -> list[UUID]:
    return sorted(one.id for one in members)


def _turned(choices: Sequence[T], turn: int) -> T:
    return choices[turn % len(choices)]


def _check_file(kind: type[ExportKind], reading: Reading, sees: str, total: int, /, **params: str) -> None:
    """The file of a list, in one view after the other as far as it holds the same people, has as many rows; so it is
    told beforehand."""
    file = kind(_turned(kind.views, reading.turn))
    actor = reading.actor
    if actor.may(file.action) and actor.reach(file.action) == actor.reach(sees):
        kept = file.check(params, actor)
        assert len(list(file.rows(kept, actor))) == total
        assert file.count(kept, actor) in (None, total)


# --- 今日, 达标情况, who missed -----------------------------------------------------------------------------------


def check_today(reading: Reading) -> None:
    standings = compliance(reading.on, actor=reading.actor, at=reading.at)
    for standing in standings:
        _check_standing(reading, standing)
    before = reading.on - timedelta(days=1 + reading.turn % 5)  # of some of them the names are gone
    for standing in compliance(before, actor=reading.actor, at=reading.at):
        named, total = missed_page(standing, limit=ALL)
        assert total == len(named)
    there = [one for one in reading.living() if one.enrolment.category.is_active]
    assert sum(one.staff for one in standings) == len(there)
    summary = SummaryExport()
    kept = summary.check({"on": reading.on.isoformat()}, reading.actor)
    rows = list(summary.rows(kept, reading.actor))
    sums = sum(one.staff for one in standings), sum(one.missed for one in standings)
    assert [row[2:] for row in rows] == [*((one.staff, one.missed) for one in standings), sums]


def _check_standing(reading: Reading, standing: Standing) -> None:
    code = standing.category.code
    mine = [one for one in reading.living() if one.enrolment.category_id == code]
    assert standing.staff == len(mine)
    rows, total = missed_page(standing, limit=ALL)
    assert standing.missed == total == len(rows)
    assert missed_page(standing, limit=2, offset=1) == (rows[1:3], total)
    assert sorted(row.staff for row in rows) == _ids(
        one for one in mine if _is_missed(reading, standing, one)
    )
    assert all(row.stands for row in rows)
    assert standing.missed <= standing.judged
    day = reading.on.isoformat()
    _check_file(MissedExport, reading, SEE_COMPLIANCE, total, category=code, on=day)


def _is_missed(reading: Reading, standing: Standing, member: StaffMember) -> bool:
    if standing.run is not None:
        return MatchFinding.objects.filter(run=standing.run, staff=member).exists()
    return member.joined_on <= reading.on and _state(reading, member) is State.MISSED


def check_messages(at: datetime) -> None:
    """What was told just now, against what the page says to which it leads."""
    on = clock.local_day(at)
    for message in InboxMessage.objects.filter(params__on=on.isoformat()).select_related("user"):
        told, actor = message.params, actor_of(message.user, is_verified=True)
        shown = [
            one
            for one in compliance(on, actor=actor, at=at)
            if one.run is not None and told.get("category", one.category.name) == one.category.name
        ]
        assert told["judged"] == sum(one.judged for one in shown)
        assert told["missed"] == sum(one.missed for one in shown)


# --- the list of staff ------------------------------------------------------------------------------------------------


def _state(reading: Reading, member: StaffMember) -> State:
    return reading.found.judged(member, reading.on).state


def check_staff(reading: Reading) -> None:
    living = reading.living()
    rows, total = staff_page(StaffFilter(), actor=reading.actor, at=reading.at, limit=ALL)
    assert sorted(row.id for row in rows) == _ids(living)
    by_id = {one.id: one for one in living}
    for row in rows:
        member = by_id[row.id]
        assert (row.recency, row.duty) == (_recency(reading, member), _duty(reading, member))
        assert (row.dose, row.dose_due) == _doses(reading, member)
        assert member.joined_on > reading.on or row.state is _state(reading, member)
    _check_file(StaffExport, reading, SEE_STAFF, total)
    _check_filters(reading, living)


def _check_filters(reading: Reading, living: list[StaffMember]) -> None:
    judged = [one for one in living if one.joined_on <= reading.on]
    state = _turned(list(State), reading.turn)
    among = {one.id for one in judged}
    found = [one for one in reading.listed(state=state.value) if one in among]
    assert found == _ids(one for one in judged if _state(reading, one) is state)
    counts, _unmatched = recencies(StaffFilter(), actor=reading.actor, at=reading.at)
    recency = _turned(list(Recency), reading.turn)
    expected = _ids(one for one in living if _recency(reading, one) is recency)
    assert counts[recency] == len(expected)
    assert reading.listed(recency=recency.value) == expected
    duty = _turned(list(DutyState), reading.turn)
    assert reading.listed(duty=duty.value) == _ids(one for one in living if _duty(reading, one) is duty)
    dose = _turned(DOSES, reading.turn)
    assert reading.listed(dose=dose) == _ids(one for one in living if _has_dose(reading, one, dose))


def _recency(reading: Reading, member: StaffMember) -> Recency:
    return hours_bucket(max(reading.found.samples[member.person_id], default=None), reading.at)


def _duty(reading: Reading, member: StaffMember) -> DutyState:
    for spell in reading.found.spells[member.id]:
        if spell.starts_on <= reading.on and (spell.ends_on is None or spell.ends_on > reading.on):
            return DutyState(spell.state)
    return DutyState.ON_DUTY


def _doses(reading: Reading, member: StaffMember) -> tuple[int, int]:
    """The highest on record, and the one that is due."""
    given = [dose for dose, day, _ in reading.found.doses[member.person_id] if day <= reading.on]
    states = enumerate(reading.found.dose_states(member, reading.on), 1)
    due = [n for n, state in states if state.status is health.DoseStatus.ELIGIBLE]
    return max(given, default=0), next(iter(due), 0)


def _has_dose(reading: Reading, member: StaffMember, dose: str) -> bool:
    given, due = _doses(reading, member)
    if dose.startswith("due_"):
        return due == int(dose[-1])
    return min(given, 3) == (0 if dose == "none" else int(dose[-1]))


# --- who is due -------------------------------------------------------------------------------------------------------


def check_due(reading: Reading) -> None:
    found = outlook(ANY, actor=reading.actor, at=reading.at)
    expected = {one.id: due for one in reading.living() if (due := _due(reading, one)) is not None}
    assert found.due == expected
    in_order = StaffMember.objects.filter(id__in=expected).order_by(
        "enrolment__organization__name", *AS_ENTERED
    )
    assert list(found.due) == list(in_order.values_list("id", flat=True))
    kind = _turned(list(Due), reading.turn)
    of_kind = [staff for staff, due in found.due.items() if due is kind]
    page = outlook(ANY, actor=reading.actor, at=reading.at, kinds=[kind], limit=2, offset=1)
    assert page.counts == found.counts == Counter(expected.values())
    assert list(page.due) == of_kind[1:3]
    rows = due_rows(page, actor=reading.actor, at=reading.at)
    assert [(row.staff.id, row.due) for row in rows] == list(page.due.items())
    _check_file(DueExport, reading, SEE_STAFF, len(expected))


def _due(reading: Reading, member: StaffMember) -> Due | None:
    """What missing today's dawn and the next two come to."""

    def misses(days: int) -> bool:
        on = reading.on + timedelta(days=days)
        return member.joined_on <= on and reading.found.judged(member, on).state is State.MISSED

    today, tomorrow, day_after = map(misses, (0, 1, 2))
    if today:
        is_made_up = not reading.found.lacks_tests(member, reading.on + timedelta(days=1))
        return Due.MADE_UP if is_made_up else Due.OVERDUE
    if tomorrow:
        return Due.TODAY
    return Due.TOMORROW if day_after else None


# --- statistics -------------------------------------------------------------------------------------------------------


def _counted(reading: Reading) -> list[StaffMember]:
    """The staff of today's statistics: those of the ledger when the day ends, as far as it is known now."""
    there = reading.living()
    return [one for one in there if one.joined_on <= reading.on and one.enrolment.category.is_active]


def check_tests(reading: Reading) -> None:
    first, last = reading.on - timedelta(days=reading.turn % 8), reading.on
    by = _turned(list(Grouping), reading.turn)
    rows = nat_statistics(first, last, by=by, actor=reading.actor, with_empty=True)
    mine = _counted(reading)
    samples = [_samples(reading, one, first, last) for one in mine]
    sums = {name: sum(row[name] for row in rows) for name in ("staff", "tested", "untested", "samples")}
    tested = sum(map(bool, samples))
    assert sums == {
        "staff": len(mine),
        "tested": tested,
        "untested": len(mine) - tested,
        "samples": sum(samples),
    }
    for figure in ("", "tested", "untested"):
        assert _open(reading, first, figure) == sums[figure or "staff"]
    assert _open(reading, first, of=counted.SAMPLES) == sums["samples"]
    bodies = sum(row["organizations"] for row in rows)
    assert _open(reading, first, of=counted.ORGANIZATIONS) == bodies


def _samples(reading: Reading, member: StaffMember, first: date, last: date) -> int:
    days = map(clock.local_day, reading.found.samples[member.person_id])
    return sum(first <= day <= last for day in days)


def _open(reading: Reading, first: date, figure: str = "", of: CountedList = counted.STAFF) -> int:
    """How many rows the list behind a figure has, all told."""
    if of is counted.SAMPLES and not reading.actor.may(SEE_FACTS):
        return _samples_in_all(reading, first)
    asked = Asked(first, reading.on, Chosen(), figure)
    rows, total = opened(of, asked, actor=reading.actor).page(limit=10_000, offset=0)
    assert len(rows) == total
    return total


def _samples_in_all(reading: Reading, first: date) -> int:
    return sum(_samples(reading, one, first, reading.on) for one in _counted(reading))


def check_doses(reading: Reading) -> None:
    by = _turned(list(Grouping), reading.turn)
    rows = vaccination_statistics(reading.on, by=by, actor=reading.actor, with_empty=True)
    mine, dose = _counted(reading), reading.turn % 3
    states = [reading.found.dose_states(one, reading.on)[dose] for one in mine]
    expected = {
        "eligible": health.DoseStatus.ELIGIBLE,
        "done": health.DoseStatus.DONE,
        "not_due": health.DoseStatus.NOT_DUE,
        "not_applicable": health.DoseStatus.NOT_APPLICABLE,
    }
    assert sum(row["staff"] for row in rows) == len(mine)
    for name, status in expected.items():
        figure = f"{name}_{dose + 1}"
        count = sum(state.status is status for state in states)
        assert sum(row[figure] for row in rows) == count == _open(reading, reading.on, figure)


CHECKS: tuple[Callable[[Reading], None], ...] = (
    check_today,
    check_staff,
    check_due,
    check_tests,
    check_doses,
)
