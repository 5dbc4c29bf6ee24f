"""Duty: put off duty and back, with dates."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.sentinel import errors
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.queries.staff import staff_member
from outpost.sentinel.services import latest
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.tests import ledgers
from outpost.sentinel.tests.ledgers import actions, add, staff_row
from outpost.testing.cast import NOON, Cast

TODAY = date(2022, 6, 8)
LATER = NOON + timedelta(days=1)


def state(cast: Cast, member: StaffMember, days: int = 0) -> DutyState:
    return staff_member(member.id, actor=cast.actor("command"), at=NOON + timedelta(days=days)).duty


def test_a_spell_holds_for_its_days(cast: Cast) -> None:
    member = add(cast)
    principal = cast.actor("principal")
    until = TODAY + timedelta(days=3)
    assert set_duty([member.id], "resting", starts_on=TODAY, ends_on=until, actor=principal, at=NOON) == 1
    assert [state(cast, member, days) for days in (-1, 0, 2, 3)] == [
        DutyState.ON_DUTY,
        DutyState.RESTING,
        DutyState.RESTING,
        DutyState.ON_DUTY,
    ]
    assert actions()[-1] == "sentinel.duty_set"
    detail = AuditEntry.objects.get(action="sentinel.duty_set").detail
    assert (detail["state"], detail["from"], detail["until"]) == ("resting", "2022-06-08", "2022-06-11")


def test_duty_is_set_by_those_who_may(cast: Cast) -> None:
    with pytest.raises(Refusal) as refused:
        set_duty([add(cast).id], "resting", starts_on=TODAY, actor=cast.actor("auditor"), at=NOON)
    assert refused.value.problem is FORBIDDEN


def test_the_newest_statement_counts_and_the_earlier_is_kept(cast: Cast) -> None:
    member = add(cast)
    principal = cast.actor("principal")
    set_duty([member.id], "off_post", starts_on=TODAY - timedelta(days=5), actor=principal, at=NOON)
    set_duty([member.id], "holiday", starts_on=TODAY, actor=principal, at=NOON)
    assert state(cast, member, -1) is DutyState.OFF_POST
    assert state(cast, member, 30) is DutyState.HOLIDAY
    set_duty([member.id], "on_duty", starts_on=TODAY + timedelta(days=2), actor=principal, at=NOON)
    assert state(cast, member, 1) is DutyState.HOLIDAY
    assert state(cast, member, 2) is DutyState.ON_DUTY
    assert RowVersion.objects.filter(table="sentinel_dutyspell").count() == 2
    assert not DutySpell.objects.filter(ends_on=None).exists()


def test_a_repetition_gives_the_same_state(cast: Cast) -> None:
    member = add(cast)
    for _ in range(2):
        set_duty([member.id], "resting", starts_on=TODAY, actor=cast.actor("principal"), at=NOON)
    assert state(cast, member) is DutyState.RESTING
    assert DutySpell.objects.filter(ends_on=None).count() == 1


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    member, far = add(cast), add(cast, 2, to=cast.far.id)
    principal = cast.actor("principal")
    for ids, wanted, ends_on, problem in (
        ([member.id], "asleep", None, errors.DUTY_UNKNOWN),
        ([member.id], "resting", TODAY, errors.DUTY_ORDER),
        ([], "resting", None, errors.SELECTION_EMPTY),
        ([member.id, far.id], "resting", None, NOT_FOUND),
    ):
        with pytest.raises(Refusal) as refused:
            set_duty(ids, wanted, starts_on=TODAY, ends_on=ends_on, actor=principal, at=NOON)
        assert refused.value.problem is problem
    assert not DutySpell.objects.exists()


SETTLED = (
    # what stands by hand, what a file states, what is set by hand after it: days from today, until
    [("resting", 0, None), "放假", ("on_duty", 3, None)],
    [("resting", 0, None), "放假", ("off_post", 3, None)],
    [("resting", 0, None), "放假", ("off_post", 3, 4)],
    [("resting", 0, None), "在岗", ("off_post", 3, None)],
    [("resting", 0, None), "在岗", ("off_post", 3, 4)],
    [("resting", 5, None), "放假", ("on_duty", 3, None)],
    [("resting", 5, None), "放假", ("off_post", 6, 7)],
    [("resting", 0, 9), "在岗", ("holiday", -3, None)],
)


@pytest.mark.parametrize("acts", SETTLED, ids=str)
def test_an_undo_leaves_the_days_of_whoever_was_settled_by_hand_since(
    acts: Sequence[str | tuple[str, int, int | None]], cast: Cast, tmp_path: Path
) -> None:
    """What the file made way for would overlap with what was stated since: days would be counted twice."""
    member, command = add(cast), cast.actor("command")
    tasks = []
    for act in acts:
        if isinstance(act, str):
            rows = [(*staff_row(1), act)]
            path = ledgers.csv_file(tmp_path / "员工.csv", (*ledgers.STAFF_HEADER, "在岗状态"), rows)
            sent = ledgers.send(path, "sentinel.staff", {"category": "cast-cold"}, actor=command, at=LATER)
            tasks.append(ledgers.confirm(sent, actor=command, at=LATER))
            continue
        duty, begins, ends = act
        until = None if ends is None else TODAY + timedelta(days=ends)
        starts_on = TODAY + timedelta(days=begins)
        set_duty([member.id], duty, starts_on=starts_on, ends_on=until, actor=command, at=NOON)
    before = spells()
    assert ledgers.undo(tasks[0], actor=command, at=LATER).state == "undone"
    assert spells() == before
    assert latest.mend() == 0


def spells() -> list[tuple[str, date, date | None]]:
    return list(DutySpell.objects.order_by("id").values_list("state", "starts_on", "ends_on"))
