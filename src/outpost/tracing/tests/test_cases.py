"""A case is opened on a positive result by two, is searched in its window alone, and is closed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils.translation import override

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Problem, Refusal
from outpost.health.models import TestRecord
from outpost.notifications.models import InboxMessage
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.cast import NOON, Cast
from outpost.tracing import errors
from outpost.tracing.cases import IDLE, Ending, State, Window
from outpost.tracing.models import Case
from outpost.tracing.services import (
    Search,
    approve_case,
    close_case,
    close_idle,
    open_case,
    search_at_terminal,
    search_co_presence,
    widen_case,
)
from outpost.tracing.tests.cases import ASKS, open_case_of, opening, with_result

pytestmark = [pytest.mark.django_db, pytest.mark.promise("V1")]
BEGINS, ENDS = clock.day_span(NOON.date() - timedelta(days=7), NOON.date())
DAY = timedelta(days=1)


def refused(act: Callable[[], object], problem: Problem) -> None:
    with pytest.raises(Refusal) as told:
        act()
    assert told.value.problem is problem


def searched(case: Case, begins: datetime = BEGINS, ends: datetime = ENDS) -> Search:
    return Search(case.id, begins, ends, "x")


def last_entry() -> AuditEntry:
    return AuditEntry.objects.order_by("-seq")[0]


def alerts(cast: Cast, name: str = "security") -> int:
    return InboxMessage.objects.filter(user=cast.users[name], template="tracing.search_refused").count()


def test_a_case_is_open_on_the_word_of_two(cast: Cast) -> None:
    command = cast.actor("command")
    person = with_result(1)
    made = open_case(opening(1, BEGINS, ENDS), actor=command, at=NOON)
    assert (made.person_id, made.state) == (person, State.WAITING)
    assert (last_entry().action, last_entry().purpose) == ("tracing.case_opened", "南防指〔2022〕7号")
    refused(lambda: approve_case(made.id, actor=command, at=NOON), errors.SAME_PERSON)
    refused(lambda: search_co_presence(searched(made), actor=command, at=NOON), errors.NO_OPEN_CASE)
    approve_case(made.id, actor=ASKS, at=NOON)
    made.refresh_from_db()
    assert (made.state, last_entry().action) == (State.OPEN, "tracing.case_approved")
    assert search_co_presence(searched(made), actor=command, at=NOON).visits == 0
    assert last_entry().detail["case"] == str(made.id)
    refused(lambda: approve_case(made.id, actor=ASKS, at=NOON), errors.NOT_WAITING)
    refused(lambda: open_case(opening(1, BEGINS, ENDS), actor=ASKS, at=NOON), errors.ALREADY_OPEN)
    refused(lambda: approve_case(uuid4(), actor=ASKS, at=NOON), NOT_FOUND)


def test_a_case_needs_a_result_that_stands_a_purpose_a_ground_and_a_window(cast: Cast) -> None:
    with_result(1, result="negative")
    refused(lambda: open_case(opening(1, BEGINS, ENDS), actor=ASKS, at=NOON), errors.NO_POSITIVE)
    assert last_entry().action == "tracing.case_refused"
    refused(lambda: open_case(opening(2, BEGINS, ENDS), actor=ASKS, at=NOON), errors.NO_POSITIVE)
    with_result(3)
    with override("en"):
        refused(
            lambda: open_case(opening(3, BEGINS, ENDS, "curiosity"), actor=ASKS, at=NOON),
            errors.UNKNOWN_PURPOSE,
        )
    refused(lambda: open_case(opening(3, ENDS, BEGINS), actor=ASKS, at=NOON), errors.SPAN_REVERSED)
    long = opening(3, BEGINS - 40 * DAY, ENDS)
    refused(lambda: open_case(long, actor=ASKS, at=NOON), errors.SPAN_TOO_LONG)
    far = opening(3, BEGINS + 90 * DAY, ENDS + 90 * DAY)
    refused(lambda: open_case(far, actor=ASKS, at=NOON), errors.WINDOW_FAR)
    made = open_case(opening(3, BEGINS, ENDS), actor=ASKS, at=NOON)
    TestRecord.objects.filter(record_id=made.record_id).update(is_withdrawn=True)
    refused(lambda: approve_case(made.id, actor=cast.actor("command"), at=NOON), errors.NO_POSITIVE)
    with pytest.raises(Refusal) as told:
        open_case(opening(3, BEGINS, ENDS), actor=cast.actor("town"), at=NOON)
    assert told.value.status == 403


def test_without_an_open_case_a_search_is_refused_and_told(cast: Cast) -> None:
    command = cast.actor("command")
    case = open_case_of(1, BEGINS, ENDS, cast)
    assert alerts(cast) == 0
    nobodys = Search(with_result(2), BEGINS, ENDS, "x")
    refused(lambda: search_co_presence(nobodys, actor=command, at=NOON), errors.NO_OPEN_CASE)
    assert (last_entry().action, alerts(cast), alerts(cast, "auditor")) == ("tracing.search_refused", 1, 1)
    wide = searched(case, BEGINS - DAY)
    refused(lambda: search_co_presence(wide, actor=command, at=NOON), errors.OUTSIDE_WINDOW)
    assert alerts(cast) == 1  # once an hour for one account; the audit has each
    later = NOON + timedelta(hours=1)
    unknown = Search(uuid4(), BEGINS, ENDS, "x")
    refused(lambda: search_co_presence(unknown, actor=command, at=later), errors.NO_OPEN_CASE)
    assert alerts(cast) == 2
    TestRecord.objects.update(result="negative")
    refused(lambda: search_co_presence(searched(case), actor=command, at=NOON), errors.NO_OPEN_CASE)
    TestRecord.objects.update(result="positive")
    close_case(case.id, Ending.DONE, actor=command, at=NOON)
    assert (last_entry().action, last_entry().detail["ending"]) == ("tracing.case_closed", "done")
    refused(lambda: search_co_presence(searched(case), actor=command, at=NOON), errors.NO_OPEN_CASE)
    assert AuditEntry.objects.filter(action="tracing.search_refused").count() == 5
    assert errors.NO_OPEN_CASE.status == errors.OUTSIDE_WINDOW.status == 403


def test_another_window_waits_for_a_second_word_anew(cast: Cast) -> None:
    command = cast.actor("command")
    case = open_case_of(1, BEGINS, ENDS, cast)
    wider = Window(BEGINS - DAY, ENDS)
    widen_case(case.id, wider, actor=command, at=NOON)
    assert last_entry().action == "tracing.case_widened"
    wide = searched(case, BEGINS - DAY)
    refused(lambda: search_co_presence(wide, actor=command, at=NOON), errors.NO_OPEN_CASE)
    refused(lambda: approve_case(case.id, actor=command, at=NOON), errors.SAME_PERSON)
    approve_case(case.id, actor=ASKS, at=NOON)
    assert search_co_presence(wide, actor=command, at=NOON).visits == 0
    close_case(case.id, Ending.MISTAKEN, actor=command, at=NOON)
    refused(lambda: widen_case(case.id, wider, actor=command, at=NOON), errors.CASE_CLOSED)


def test_a_case_without_work_closes_by_itself(cast: Cast) -> None:
    case = open_case_of(1, BEGINS, ENDS, cast)
    job = Actor.system("tracing.close_idle")
    search_co_presence(searched(case), actor=ASKS, at=NOON + DAY)
    assert close_idle(actor=job, at=NOON + IDLE) == 0
    assert close_idle(actor=job, at=NOON + IDLE + 2 * DAY) == 1
    case.refresh_from_db()
    assert (case.state, case.ending) == (State.CLOSED, Ending.IDLE)
    assert close_idle(actor=job, at=NOON + IDLE + 3 * DAY) == 0


def test_the_database_keeps_two_people_a_listed_purpose_and_what_was_agreed_to(cast: Cast) -> None:
    case = open_case_of(1, BEGINS, ENDS, cast)
    waiting = Case.objects.create(
        person_id=uuid4(),
        source="lims",
        record_id="9",
        sampled_at=NOON,
        purpose="report",
        ground="x",
        begins_at=BEGINS,
        ends_at=ENDS,
        opened_at=NOON,
        asked_at=NOON,
        asked_by="a",
        asked_label="a",
        worked_at=NOON,
    )
    acts: tuple[tuple[Case, dict[str, object]], ...] = (
        (waiting, {"purpose": "curiosity"}),
        (waiting, {"approved_at": NOON, "approved_by": "a"}),
        (waiting, {"approved_at": NOON, "approved_by": ""}),
        (case, {"ends_at": ENDS + DAY}),
        (case, {"person_id": uuid4()}),
        (case, {"purpose": "report"}),
    )
    for row, values in acts:
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            Case.objects.filter(id=row.id).update(**values)
    close_case(case.id, Ending.DONE, actor=ASKS, at=NOON)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Case.objects.filter(id=case.id).update(closed_at=None)


def test_at_the_terminal_the_open_case_is_found_or_those_who_watch_are_told(cast: Cast) -> None:
    case = open_case_of(1, BEGINS, ENDS, cast)
    asked = Search(uuid4(), BEGINS, ENDS, "南防指〔2022〕7号")
    assert search_at_terminal(id_number(1), asked, actor=ASKS, at=NOON).visits == 0
    assert last_entry().detail["case"] == str(case.id)
    told = InboxMessage.objects.filter(template="tracing.searched_without_case")
    assert not told.exists()
    with_result(2)
    assert search_at_terminal(id_number(2), asked, actor=ASKS, at=NOON).visits == 0
    assert (last_entry().purpose, "case" in last_entry().detail) == ("南防指〔2022〕7号", False)
    assert told.filter(user=cast.users["auditor"]).count() == 1
    for number in (1, 2):
        with pytest.raises(Refusal) as refusal:
            search_at_terminal(id_number(number), asked, actor=cast.actor("command"), at=NOON)
        assert refusal.value.status == 403
