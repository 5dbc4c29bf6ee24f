"""Whoever is named and has not answered is reminded twice by itself, by day, and never after they said something."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.notifications.models import Message
from outpost.notifications.recipients import Account, Phone
from outpost.notifications.tests.support import channel
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import jobs
from outpost.venues.models import HandOver, Kind, Venue
from outpost.venues.queries.naming import entered_row
from outpost.venues.rules import (
    HAND_OVER_WAITS,
    REMINDED_AFTER,
    REMINDED_FROM,
    REMINDED_UNTIL,
    is_daytime,
    next_reminder,
    reminders_due,
)
from outpost.venues.services import ensure_kinds, handing_over, naming, reminding
from outpost.venues.services.running import close_venue
from outpost.venues.tests.ledger import bring, brought, undo, venue_row
from outpost.venues.tests.test_naming import HEAD_PHONE, OTHER_PHONE, PHONE, account, actor, offer_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, SECOND = (NOON + after for after in REMINDED_AFTER)
SYSTEM = Actor.system("venues.remind_managers")
database = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> list[tuple[str, list[str]]]:
    """What goes out, with the phones that it goes to."""
    ensure_kinds()
    Kind.objects.filter(code="market").update(department="market")
    sent: list[tuple[str, list[str]]] = []

    def send(template: str, *, recipients: list[Phone | Account], **_about: object) -> None:
        sent.append((template, [one.number for one in recipients if isinstance(one, Phone)]))

    monkeypatch.setattr(handing_over, "send", send)
    return sent


def entered(*numbers: int, by: Actor) -> list[Venue]:
    bring(*map(venue_row, numbers), actor=by, kind="venues.entered")
    return [Venue.objects.current().get(name=f"第{number}农贸市场") for number in numbers]


def remind(at: datetime) -> int:
    return reminding.remind_named(actor=SYSTEM, at=at)


@database
def test_twice_and_no_more(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    (venue,) = entered(2, by=cast.actor("bureau"))
    told.clear()
    assert remind(FIRST - HOUR) == 0
    assert [remind(FIRST + n * HOUR) for n in range(3)] == [1, 0, 0]
    assert [remind(SECOND + n * HOUR) for n in range(3)] == [1, 0, 0]
    assert told == [("venues.manager_reminded", [PHONE])] * 2
    assert remind(NOON + 8 * DAY) == 0
    kept = AuditEntry.objects.filter(action="venues.manager_reminded", object_id=str(venue.id)).order_by(
        "seq"
    )
    assert [(one.actor_id, one.detail["time"]) for one in kept] == [(SYSTEM.id, 1), (SYSTEM.id, 2)]


@database
def test_a_phone_gets_one_a_day_through_the_outbox(cast: Cast) -> None:
    ensure_kinds()
    Kind.objects.filter(code="market").update(department="market")
    channel("sms_http", {"url": "https://sms.example"})
    bring(venue_row(2), venue_row(3), actor=cast.actor("bureau"), kind="venues.entered")
    bring(venue_row(4, 管理员手机=PHONE), actor=cast.actor("bureau"), kind="venues.entered")
    HandOver.objects.exclude(venue__name="第2农贸市场").update(asked_at=NOON + HOUR)
    assert [remind(FIRST), remind(FIRST + HOUR)] == [1, 2]
    message = Message.objects.get(template=reminding.REMINDED)
    assert (message.link, message.deliveries.count()) == (reverse("venues:offers"), 2)


@database
def test_it_prolongs_no_question(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    (venue,) = entered(2, by=cast.actor("bureau"))
    asked_at = offer_of(venue).asked_at
    remind(FIRST)
    assert offer_of(venue).asked_at == asked_at
    assert remind(NOON + HAND_OVER_WAITS) == 0


@database
def test_what_was_missed_is_made_up_for_by_one(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    entered(2, by=cast.actor("bureau"))
    told.clear()
    assert [remind(SECOND + n * HOUR) for n in range(2)] == [1, 0]
    assert len(told) == 1


@database
def test_never_at_night(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    entered(2, by=cast.actor("bureau"))
    told.clear()
    night = FIRST + 8 * HOUR  # 20:00 in Shanghai
    assert [remind(night + n * HOUR) for n in range(13)] == [0] * 13
    assert told == []
    assert remind(night + 13 * HOUR) == 1


@database
def test_nobody_who_said_something_is_reminded(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    bureau = cast.actor("bureau")
    agreed, declined, withdrawn, renamed, closed = entered(2, 3, 4, 5, 6, by=bureau)
    handing_over.take_over(offer_of(agreed).id, account(PHONE), actor=actor(PHONE), at=NOON)
    third = "13700000003"
    handing_over.decline(offer_of(declined).id, account(third), actor=actor(third), at=NOON)
    naming.withdraw_named(withdrawn.id, actor=bureau, at=NOON)
    stated = {"manager_name": "乙", "manager_phone": OTHER_PHONE}
    naming.name_manager(renamed.id, stated, actor=bureau, at=NOON + DAY)
    close_venue(closed.id, actor=cast.actor("town"), at=NOON)
    told.clear()
    assert remind(FIRST) == 0
    assert told == []
    assert remind(FIRST + DAY) == 1
    assert told == [("venues.manager_reminded", [OTHER_PHONE])]


@database
def test_an_undone_file_reminds_nobody(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    bureau = cast.actor("bureau")
    task, _counts = bring(venue_row(2), actor=bureau, kind="venues.entered")
    undo(task, actor=bureau)
    assert remind(FIRST) == 0


@database
def test_a_chain_that_asks_nobody_reminds_nobody(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    (head,) = brought(venue_row(1))
    town = cast.actor("town")
    naming.let_branch(head.id, 2, actor=town, at=NOON)
    (venue,) = entered(2, by=actor(HEAD_PHONE))
    naming.let_branch(head.id, 0, actor=town, at=NOON)
    assert remind(FIRST) == 0
    naming.let_branch(head.id, 2, actor=town, at=NOON)
    assert remind(FIRST) == 1
    close_venue(head.id, actor=town, at=NOON)
    assert remind(SECOND) == 0
    assert offer_of(venue).reminders == 1


@database
def test_one_message_a_phone_within_what_it_may_get(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    bureau = cast.actor("bureau")
    bring(*(venue_row(n, 管理员手机=PHONE) for n in (2,)), actor=bureau, kind="venues.entered")
    bring(*(venue_row(n, 管理员手机=PHONE) for n in (3,)), actor=bureau, kind="venues.entered")
    told.clear()
    assert remind(FIRST) == 2
    assert told == [("venues.manager_reminded", [PHONE])]
    (other,) = entered(4, by=bureau)
    told.clear()
    for _time in range(handing_over.TOLD.tries):
        handing_over.tell("venues.manager_asked", ["13700000004"], cause="x", at=FIRST)
    told.clear()
    assert remind(FIRST) == 1
    assert told == []
    assert offer_of(other).reminders == 1


@database
def test_the_job_can_be_switched_off(
    cast: Cast, told: list[tuple[str, list[str]]], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (venue,) = entered(2, by=cast.actor("bureau"))
    monkeypatch.setattr(clock, "now", lambda: FIRST)
    settings.OUTPOST_MANAGER_REMINDERS = False  # type: ignore[attr-defined]  # of the plugin
    jobs.remind_managers(0)
    assert offer_of(venue).reminders == 0
    assert entered_row(venue.id, actor=cast.actor("bureau"), at=NOON).next_reminder is None
    settings.OUTPOST_MANAGER_REMINDERS = True  # type: ignore[attr-defined]  # of the plugin
    jobs.remind_managers(0)
    assert offer_of(venue).reminders == 1


@database
def test_the_list_says_when_the_next_one_goes(cast: Cast, told: list[tuple[str, list[str]]]) -> None:
    bureau, now = cast.actor("bureau"), clock.now()
    (venue,) = entered(2, by=bureau)
    HandOver.objects.update(asked_at=now - DAY)
    due = next_reminder(now - DAY, 0, zone=clock.zone())
    assert due is not None
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["bureau"])

    def pages() -> tuple[bool, bool]:
        words = f"{timezone.localtime(due, clock.zone()):%Y-%m-%d %H:%M}"
        found = [reverse("venues:entered"), reverse("venues:named", args=[venue.id])]
        first, second = (words in client.get(where).content.decode() for where in found)
        return first, second

    assert pages() == (True, True)
    assert "Next reminder" in client.get(reverse("venues:entered")).content.decode()
    handing_over.decline(offer_of(venue).id, account(PHONE), actor=actor(PHONE), at=now)
    assert pages() == (False, False)
    assert entered_row(venue.id, actor=bureau, at=now).next_reminder is None


instants = st.integers(0, 8 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@pytest.mark.rules
@given(asked_at=instants, sent=st.integers(0, len(REMINDED_AFTER)))
def test_a_reminder_is_due_by_day_and_in_time(asked_at: datetime, sent: int) -> None:
    zone = clock.zone()
    due = next_reminder(asked_at, sent, zone=zone)
    if due is None:
        assert sent == len(REMINDED_AFTER)
        return
    assert REMINDED_FROM <= due.astimezone(zone).time() < REMINDED_UNTIL
    assert is_daytime(due, zone)
    assert timedelta(0) <= due - (asked_at + REMINDED_AFTER[sent]) < timedelta(hours=14)
    assert due < asked_at + HAND_OVER_WAITS  # they can still answer
    assert reminders_due(asked_at, at=due) == sent + 1
