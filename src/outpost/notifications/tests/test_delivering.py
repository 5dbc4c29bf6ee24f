"""Deliveries against real peers: each message once, none lost, none for ever."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from outpost.access.contacts import Contacts
from outpost.access.models import User
from outpost.access.services import change_contacts
from outpost.audit.models import AuditEntry
from outpost.config import env
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.outgoing import Outgoing
from outpost.core.tests.peers import answer, http_peer, in_turn
from outpost.notifications import jobs, services
from outpost.notifications.channels.base import SENT
from outpost.notifications.health_checks import channels
from outpost.notifications.models import Channel, Delivery, InboxMessage, Message
from outpost.notifications.recipients import Account, Group, Medium, Officers, Phone
from outpost.notifications.rules import LEASE, WAITS
from outpost.notifications.services import Sent, delivering
from outpost.notifications.services.delivering import channels_with_work, settle
from outpost.notifications.services.sending import wake
from outpost.notifications.tests.support import (
    GREETING,
    Clock,
    channel,
    greet,
    greet_group,
    mail_peer,
    state_of,
    way_out,
    webhook,
    work,
)
from outpost.testing.cast import NOON, Cast

PHONE = "13800138009"
EVERY = frozenset({Medium.INBOX, Medium.WECOM, Medium.SMS, Medium.EMAIL})


@pytest.fixture
def clock() -> Clock:
    return Clock()


def deferred(name: str = "notifications.deliver") -> int:
    return ProcrastinateJob.objects.filter(task_name=name).count()


@pytest.mark.usefixtures("cast")
def test_a_message_goes_out_once_however_often_it_is_asked_and_run(clock: Clock) -> None:
    with http_peer() as peer:
        row = webhook(peer.url)
        assert greet(Group(row.id)) == Sent(inboxes=0, deliveries=1, unreachable=0)
        assert greet(Group(row.id)) == Sent(inboxes=0, deliveries=1, unreachable=0)
        assert (Message.objects.count(), Delivery.objects.count(), deferred()) == (1, 1, 1)
        assert not peer.seen, "sending calls nobody"
        for _repeated in range(3):
            assert work(row, clock, peer.listed) is False
        (seen,) = peer.seen
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.finished_at, delivery.next_at) == (
        "sent",
        1,
        NOON,
        None,
    )
    assert seen.headers["Outpost-Id"] == str(delivery.id)
    body = orjson.loads(seen.body)
    assert (body["text"], body["values"]) == ("3 of them", {"n": "3"})


@pytest.mark.usefixtures("cast")
def test_nothing_is_left_of_a_message_whose_cause_is_rolled_back() -> None:
    row = webhook("http://127.0.0.1:1")
    with transaction.atomic():
        greet(Group(row.id))
        transaction.set_rollback(True)
    assert (Message.objects.count(), Delivery.objects.count(), deferred()) == (0, 0, 0)


def test_recipients_are_reached_by_the_media_that_they_have(cast: Cast, clock: Clock) -> None:
    security, users = cast.actor("security"), cast.users
    bureau = Contacts(wecom="LiSi", email="li.si@example.gov.cn")
    change_contacts(users["bureau"].id, bureau, actor=security, at=NOON)
    change_contacts(users["command"].id, Contacts(phone=PHONE), actor=security, at=NOON)
    with http_peer() as gateway, mail_peer() as mail:
        sms = channel("sms_http", {"url": gateway.url})
        email = channel("email", mail.values)
        robot = channel("robot", {"base_url": gateway.url, "key": "k"}, is_on=False)
        found = greet(
            Officers("market", EVERY),
            Account(users["bureau"].id, frozenset({Medium.EMAIL})),
            Account(users["command"].id, frozenset({Medium.SMS})),
            Account(users["principal"].id, frozenset({Medium.SMS})),
            Account(users["town"].id),
            Phone(PHONE),
            Phone("13800138008"),
            Group(robot.id),
        )
        assert found == Sent(inboxes=2, deliveries=5, unreachable=3)  # no WeCom; no phone; the robot is off
        work(sms, clock, gateway.listed)
        work(email, clock, mail.listed)
        phones = sorted(orjson.loads(seen.body)["phone"] for seen in gateway.seen)
        assert phones == ["13800138001", "13800138008", PHONE, PHONE]
        assert len(mail.letters) == 1
    inboxes = InboxMessage.objects.values_list("user__username", flat=True)
    assert sorted(inboxes) == ["bureau", "town"]
    masked = set(Delivery.objects.values_list("masked_address", flat=True))
    assert masked == {"138****8001", "138****8008", "138****8009", "l***@example.gov.cn"}


@pytest.mark.usefixtures("cast")
def test_a_disabled_account_gets_nothing_any_more(cast: Cast, clock: Clock) -> None:
    with http_peer() as peer:
        row = channel("sms_http", {"url": peer.url})
        user = cast.users["principal"]
        greet(Account(user.id, frozenset({Medium.SMS})))
        User.objects.filter(id=user.id).update(is_active=False)
        work(row, clock, peer.listed)
        assert not peer.seen
    assert state_of(Delivery.objects.get().id) == ("dead", 1, "no_address")


@pytest.mark.usefixtures("cast")
def test_failures_back_off_and_end_as_dead_letters(clock: Clock) -> None:
    with http_peer(answer(500)) as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        for number, wait in enumerate(WAITS, start=1):
            work(row, clock, peer.listed)
            assert state_of(delivery.id) == ("waiting", number, "http_500")
            clock.at += wait - timedelta(seconds=1)
            work(row, clock, peer.listed)
            assert len(peer.seen) == number, "not before its time"
            clock.move(seconds=1)
        work(row, clock, peer.listed)
        assert state_of(delivery.id) == ("dead", 7, "http_500")
        clock.move(hours=5)
        work(row, clock, peer.listed)
        assert len(peer.seen) == 7
        assert len({seen.headers["Outpost-Id"] for seen in peer.seen}) == 1


def test_an_operator_sends_a_dead_letter_again(cast: Cast, clock: Clock) -> None:
    operator = cast.actor("operator")
    with http_peer(in_turn(answer(410), answer())) as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        with pytest.raises(Refusal, match="not_again"):
            services.send_again(delivery.id, actor=operator, at=NOON)
        work(row, clock, peer.listed)
        assert state_of(delivery.id) == ("dead", 1, "http_410")
        clock.move(days=2)
        for name in ("auditor", "command", "outsider"):
            with pytest.raises(Refusal, match="forbidden"):
                services.send_again(delivery.id, actor=cast.actor(name), at=clock.at)
        services.send_again(delivery.id, actor=operator, at=clock.at)
        assert AuditEntry.objects.get(action="notifications.sent_again").object_id == str(delivery.id)
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[:2] == ("sent", 1)


@pytest.mark.usefixtures("cast")
def test_no_answer_that_was_a_delivery_is_repeated_with_the_same_key(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer takes the message, and its answer comes after we have given up."""
    quick = way_out("http://127.0.0.1")
    monkeypatch.setattr(
        Outgoing, "call", lambda self, *a, _call=Outgoing.call, **k: _call(self, *a, **k, seconds=0.2)
    )
    with http_peer(in_turn(answer(after=0.6), answer())) as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        services.deliver_due(row.id, clock=clock, out=quick)
        assert state_of(delivery.id) == ("unknown", 1, "no_answer")
        clock.move(minutes=1)
        services.deliver_due(row.id, clock=clock, out=quick)
        assert state_of(delivery.id)[:2] == ("sent", 2)
        first, second = peer.seen
        assert first.headers["Outpost-Id"] == second.headers["Outpost-Id"]


@pytest.mark.usefixtures("cast")
def test_a_gateway_that_never_answers_gets_a_message_twice_at_most(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Outgoing, "call", lambda self, *a, _call=Outgoing.call, **k: _call(self, *a, **k, seconds=0.1)
    )
    with http_peer(answer(after=0.3)) as peer:
        row = channel("sms_http", {"url": peer.url})
        greet(Phone(PHONE))
        for _minute in range(30):
            work(row, clock, peer.listed)
            clock.move(minutes=1)
        assert len(peer.seen) == 2
    assert state_of(Delivery.objects.get().id) == ("dead", 2, "no_answer")


@pytest.mark.usefixtures("cast")
def test_wrong_json_may_have_been_a_delivery(clock: Clock) -> None:
    with http_peer(in_turn(answer(body=b"<html>ok</html>"), answer(body=b'{"errcode": 0}'))) as peer:
        row = channel("robot", {"base_url": peer.url, "key": "k"})
        delivery = greet_group(row)
        work(row, clock, peer.listed)
        assert state_of(delivery.id) == ("unknown", 1, "odd_answer")
        clock.move(minutes=1)
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[:2] == ("sent", 2)


@pytest.mark.usefixtures("cast")
def test_a_faulty_peer_rests_so_that_it_does_not_hold_the_worker(clock: Clock) -> None:
    with http_peer(answer(500)) as peer:
        row = webhook(peer.url)
        for number in range(5):
            greet_group(row, f"m{number}")
        work(row, clock, peer.listed)
        assert len(peer.seen) == 1
        peer.behave = answer()
        clock.move(seconds=59)
        work(row, clock, peer.listed)
        assert len(peer.seen) == 1
        clock.move(seconds=1)
        work(row, clock, peer.listed)
        assert len(peer.seen) == 6
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.usefixtures("cast")
def test_the_rate_of_a_channel_is_kept_and_nothing_gets_lost(clock: Clock) -> None:
    with http_peer(answer(body=b'{"errcode": 0}')) as peer:
        row = channel("robot", {"base_url": peer.url, "key": "k"}, per_minute=20)
        for number in range(45):
            greet_group(row, f"m{number}")
        for expected in (20, 40, 45):
            work(row, clock, peer.listed)
            work(row, clock, peer.listed)
            assert len(peer.seen) == expected
            clock.move(seconds=61)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.usefixtures("cast")
def test_a_job_works_for_a_while_and_then_lets_others(clock: Clock) -> None:
    def ticking() -> object:
        return clock.move(seconds=9)

    with http_peer() as peer:
        row = webhook(peer.url)
        for number in range(4):
            greet_group(row, f"m{number}")
        assert services.deliver_due(row.id, clock=ticking, out=way_out(peer.listed)) is True  # type: ignore[arg-type]
        assert 0 < len(peer.seen) < 4


@pytest.mark.usefixtures("cast")
def test_what_is_late_is_dropped(clock: Clock) -> None:
    with http_peer() as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        clock.move(hours=24)
        work(row, clock, peer.listed)
        assert not peer.seen
    assert state_of(delivery.id) == ("expired", 0, "expired")


@pytest.mark.usefixtures("cast")
def test_a_channel_that_is_off_keeps_what_waits(clock: Clock) -> None:
    with http_peer() as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        Channel.objects.filter(id=row.id).update(is_on=False)
        work(row, clock, peer.listed)
        assert state_of(delivery.id) == ("waiting", 0, "")
        Channel.objects.filter(id=row.id).update(is_on=True)
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[0] == "sent"


@pytest.mark.usefixtures("cast")
def test_a_stand_in_sends_nothing_while_it_is_held(clock: Clock, settings: Settings) -> None:
    """Restored from a backup it would send what waits there to real peers."""
    with http_peer() as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        settings.OUTPOST_SENDING_HELD = True
        assert not work(row, clock, peer.listed)
        assert peer.seen == []
        assert any("OUTPOST_SENDING_HELD" in found.mend for found in channels(NOON))
        settings.OUTPOST_SENDING_HELD = False
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[0] == "sent"


@pytest.mark.django_db
def test_hosts_that_are_not_listed_get_nothing(clock: Clock) -> None:
    with http_peer() as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        work(row, clock)
        assert state_of(delivery.id) == ("waiting", 1, "host_not_listed")
        assert not peer.seen


@pytest.mark.usefixtures("cast")
def test_a_worker_that_dies_loses_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """What no code of ours catches."""

    def die(*_arguments: object) -> None:
        raise Killed

    with http_peer() as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        with monkeypatch.context() as patch:
            patch.setattr(delivering, "_attempt", die)
            with pytest.raises(Killed):
                work(row, clock, peer.listed)
        assert state_of(delivery.id)[:2] == ("sending", 1)
        work(row, clock, peer.listed)
        assert not peer.seen, "another worker may still be at it"
        clock.at += LEASE
        assert channels_with_work(at=clock.at) == {row.id: False}
        work(row, clock, peer.listed)
        assert state_of(delivery.id) == ("unknown", 1, "worker_lost")
        clock.move(minutes=1)
        work(row, clock, peer.listed)
        assert len(peer.seen) == 1
    assert state_of(delivery.id)[:2] == ("sent", 2)


@pytest.mark.usefixtures("cast")
def test_a_message_without_text_does_not_stop_the_others(clock: Clock) -> None:
    with http_peer() as peer:
        row = webhook(peer.url)
        lost = [greet_group(row, "gone"), greet_group(row, "wants more")]
        Message.objects.filter(dedupe_key="gone").update(template="no.such")
        Message.objects.filter(dedupe_key="wants more").update(params={})
        delivery = greet_group(row)
        work(row, clock, peer.listed)
        assert [state_of(one.id)[::2] for one in lost] == [("dead", "no_text")] * 2
    assert state_of(delivery.id)[0] == "sent"


@pytest.mark.usefixtures("cast")
def test_the_late_word_of_a_lost_worker_counts_when_it_sent(clock: Clock) -> None:
    row = webhook("http://127.0.0.1:1")
    delivery = greet_group(row)
    claimed = delivering._claim(row.id, at=NOON)
    assert claimed is not None
    clock.at += LEASE
    assert delivering._claim(row.id, at=clock.at) is None
    assert state_of(delivery.id)[:2] == ("unknown", 1)
    settle(claimed.delivery, SENT, at=clock.at)
    settle(claimed.delivery, delivering.WORKER_LOST, at=clock.at)
    assert state_of(delivery.id)[:2] == ("sent", 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_while_sending_loses_nothing(clock: Clock) -> None:
    """A real process is killed while the peer has the request; the next worker sends it with the same key."""
    code = (
        "import sys, outpost.server.django as d; d.set_up()\n"
        "from uuid import UUID; from datetime import datetime\n"
        "from outpost.notifications import services, templates\n"
        "from outpost.core.outgoing import outgoing\n"
        "templates.register({'test.greeting': '{n} of them'})\n"
        "at = datetime.fromisoformat(sys.argv[2])\n"
        "services.deliver_due(UUID(sys.argv[1]), clock=lambda: at, out=outgoing())\n"
    )
    with http_peer(in_turn(answer(after=30), answer())) as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        known = connection.get_connection_params()
        host, port, user, name = (known.get(key, "") for key in ("host", "port", "user", "dbname"))
        url = f"postgresql://{user}:{known.get('password', '')}@/{name}?host={host}&port={port}"
        variables = env.child_environment(DATABASE_URL=url, OUTPOST_OUTGOING_HOSTS=peer.listed)
        command = [sys.executable, "-c", code, str(row.id), NOON.isoformat()]
        worker = subprocess.Popen(command, env=variables)
        try:
            until = time.monotonic() + 30
            while not peer.seen and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            assert len(peer.seen) == 1
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert state_of(delivery.id)[:2] == ("sending", 1)
        clock.at += LEASE
        work(row, clock, peer.listed)
        clock.move(minutes=1)
        work(row, clock, peer.listed)
        assert state_of(delivery.id)[:2] == ("sent", 2)
        assert len({seen.headers["Outpost-Id"] for seen in peer.seen}) == 1


@pytest.mark.usefixtures("cast")
def test_jobs_wake_what_is_due(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_peer(in_turn(answer(500), answer())) as peer:
        row = webhook(peer.url)
        delivery = greet_group(row)
        monkeypatch.setattr("outpost.core.clock.now", clock)
        monkeypatch.setattr(jobs, "outgoing", lambda: way_out(peer.listed))
        before = deferred()
        jobs.deliver(str(row.id))
        jobs.deliver_due(0)
        assert deferred() == before, "nothing is due yet"
        clock.move(minutes=1)
        jobs.deliver_due(0)
        assert deferred() == before + 1
        jobs.deliver(str(row.id))
    assert state_of(delivery.id)[:2] == ("sent", 2)


@pytest.mark.usefixtures("cast")
def test_the_log_is_swept(clock: Clock) -> None:
    sms = channel("sms_http", {"url": "http://127.0.0.1:1"})
    greet(Phone(PHONE))
    Delivery.objects.update(state="dead", next_at=None, finished_at=NOON)
    row = webhook("http://127.0.0.1:1")
    delivery = greet_group(row, "other")
    services.sweep(at=clock.move(days=8))
    assert state_of(delivery.id) == ("expired", 0, "expired")
    assert Delivery.objects.get(channel=sms).sealed_address is None


@pytest.mark.promise("V2")
def test_personal_data_does_not_get_into_messages(cast: Cast) -> None:
    row = webhook("http://127.0.0.1:1")
    people = (Account(cast.users["town"].id), Group(row.id))
    for number, value in enumerate(("13800138001", "致电 138 0013 8001", "44010619900307851X")):
        services.send(GREETING, recipients=people, values={"n": value}, dedupe=f"m{number}", at=NOON)
    said = str([*Message.objects.values_list("params"), *InboxMessage.objects.values_list("params")])
    assert said.count("138****8001") == 4
    assert said.count("4401**********851X") == 2
    with pytest.raises(LookupError):
        services.send("no.such", recipients=people, dedupe="x", at=NOON)


@pytest.mark.promise("V2")
@pytest.mark.usefixtures("cast")
def test_rows_and_jobs_hold_no_address_in_clear(clock: Clock) -> None:
    with http_peer() as peer:
        row = channel("sms_http", {"url": peer.url})
        greet(Phone(PHONE))
        texts = [str(list(model.objects.values())) for model in (Delivery, Message, ProcrastinateJob)]
        assert not any(PHONE in text for text in texts)
        delivery = Delivery.objects.get()
        assert delivery.sealed_address is not None
        assert ring().open(delivery.sealed_address, delivery.sealing_context).decode() == PHONE
        work(row, clock, peer.listed)
    assert Delivery.objects.get().sealed_address is None, "forgotten once it was sent"


@pytest.mark.usefixtures("cast")
def test_urgent_messages_go_first_and_past_the_rate(clock: Clock) -> None:
    with http_peer() as peer:
        row = channel("sms_http", {"url": peer.url}, per_minute=1)
        for number in range(3):
            greet(Phone(f"1380013800{number}"), dedupe=f"m{number}")
        work(row, clock, peer.listed)
        clock.move(seconds=1)
        greet(Phone(PHONE), dedupe="urgent", at=clock.at, is_urgent=True)
        work(row, clock, peer.listed)
        assert orjson.loads(peer.seen[-1].body)["phone"] == PHONE
        assert len(peer.seen) == 2


def test_waking_is_part_of_the_transaction(db: None) -> None:
    act: Callable[..., None] = wake
    row = webhook("http://127.0.0.1:1")
    act(row.id, is_urgent=True)
    job = ProcrastinateJob.objects.get(task_name="notifications.deliver")
    assert (job.args, job.queue_name) == ({"channel_id": str(row.id)}, "urgent")
