"""共享公安: every act is a record, numbered without holes, sent in order to a real peer that dies and comes back."""

import csv
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from pydantic import ValidationError

from outpost.access.scopes import Scope
from outpost.access.services import create_token
from outpost.audit import deletions
from outpost.config.env import Env
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.outgoing import outgoing
from outpost.core.signed_calls import is_genuine
from outpost.core.tests.peers import Behave, Peer, Seen, answer, http_peer
from outpost.notifications.models import InboxMessage
from outpost.people.queries import looks_at
from outpost.people.rules import SHARED_WITH_POLICE
from outpost.sentinel.tests.ledgers import id_number, undo
from outpost.sites.models import Contract, Registration
from outpost.sites.models.arrivals import Arrival, ArrivalFeed, ArrivalRun
from outpost.sites.queries.arrivals import daily_counts, state
from outpost.sites.rules.arrivals import SHARED, ArrivalEvent, content
from outpost.sites.services import arrival_switch, close_contract, withdraw_registration
from outpost.sites.services.arrival_delivery import deliver, fetch, send_again
from outpost.sites.services.arrival_files import write_day
from outpost.sites.services.arrivals import note, number_waiting
from outpost.sites.services.registering import register
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

SECRET = "a secret of two offices"
SYSTEM = Actor.system("command-line")


class Police:
    """What stands at the other end: it takes a record once, by its number, and says so; or it is dead."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.is_dead = False
        self.says: Behave | None = None

    def __call__(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        self.bodies.append(seen.body)
        if self.says is not None:
            self.says(handler, seen)
            return
        record = orjson.loads(seen.body)
        if record["number"] not in self.numbers:
            self.taken.append(record)
        answer(body=orjson.dumps({"taken": record["number"]}))(handler, seen)

    @property
    def numbers(self) -> list[int]:
        return [one["number"] for one in self.taken]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one["event"], one["person"]["document_number"]) for one in self.taken]


@pytest.fixture
def police() -> Police:
    return Police()


@contextmanager
def standing(police: Police, *, port: int = 0) -> Iterator[Peer]:
    """The peer, and the settings that lead to it."""
    with http_peer(police, port=port) as peer, leading_to(peer):
        yield peer


@contextmanager
def leading_to(peer: Peer, path: str = "/arrivals") -> Iterator[None]:
    with override_settings(
        OUTPOST_ARRIVALS_URL=f"{peer.url}{path}",
        OUTPOST_ARRIVALS_SECRET=SECRET,
        OUTPOST_OUTGOING_HOSTS=peer.listed,
    ):
        yield


@pytest.fixture
def bring(cast: Cast, tmp_path: Path) -> Bring:
    return Bring(cast.actor("command"), tmp_path)


def enrol(contract: Contract, number: int, cast: Cast, *, at: datetime = NOON) -> Registration:
    declare(number)
    stated = {
        "document_type": "",
        "document_number": id_number(number),
        "name": "甄工友",
        "departure": "湖南省长沙市",
        "employer": "丙劳务有限公司",
        "roll": "",
        "phone": f"134{number:08}",
        "trade": "",
    }
    return register(contract.id, stated, actor=cast.actor("command"), at=at)


def send_out(at: datetime = NOON) -> int:
    return deliver(clock=lambda: at, out=outgoing())


def test_every_act_goes_out_signed_numbered_and_in_order(
    cast: Cast, contract: Contract, bring: Bring, police: Police
) -> None:
    command = cast.actor("command")
    with standing(police) as peer:
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        row = enrol(contract, 1, cast)
        for number in (2, 3):
            declare(number)
        bring(person_row(2), person_row(3))
        task = bring(person_row(2, 工种="木工"))
        withdraw_registration(row.id, actor=command, at=NOON)
        (gone,) = deletions.deleted(actor=command, at=NOON)
        deletions.restore(gone.id, actor=command, at=NOON)
        undo(task, actor=command)
        close_contract(contract.id, actor=command, at=NOON)
        assert send_out() == 10
    one, two, three = map(id_number, (1, 2, 3))
    assert police.told[:7] == [
        ("registered", one),
        ("registered", two),
        ("registered", three),
        ("changed", two),
        ("withdrawn", one),
        ("registered", one),
        ("changed", two),
    ]
    assert sorted(police.told[7:]) == [("withdrawn", number) for number in (one, two, three)]
    assert police.numbers == list(range(1, 11))
    for seen in peer.seen:
        assert is_genuine(seen.headers, seen.body, secret=SECRET, at=NOON)
        assert not is_genuine(seen.headers, seen.body, secret="another secret", at=NOON)
    record = police.taken[0]
    assert record["person"] == {
        "document_type": "resident_id",
        "document_number": one,
        "name": "甄工友",
        "phone": "13400000001",
        "departure": "湖南省长沙市",
        "roll": "worker",
        "employer": "丙劳务有限公司",
        "contract": "HT0001",
        "project": "第1住宅小区",
        "town": "440115001",
        "registered_at": "2022-06-08T12:00:00+08:00",
        "registration": record["person"]["registration"],
        "family_of": "",
        "relation": "",
    }
    assert record["environment"] == "test"
    (day,) = daily_counts(NOON.date(), NOON.date(), actor=command)
    assert (day.registered, day.changed, day.withdrawn, day.delivered) == (4, 2, 4, 10)


def test_a_peer_that_is_dead_for_a_day_misses_nothing_and_gets_nothing_twice(
    cast: Cast, contract: Contract, police: Police
) -> None:
    with standing(police) as peer:
        port = peer.port
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        for number in range(1, 4):
            enrol(contract, number, cast)
        assert send_out() == 3
        settings = leading_to(peer)
    with settings:
        at, tries = NOON, 0
        for minute in range(1, 24 * 60):  # each minute the job asks
            at = NOON + timedelta(minutes=minute)
            if minute in (5, 400, 900):
                enrol(contract, 10 + minute, cast, at=at)
            before = ArrivalFeed.objects.get().failures
            assert send_out(at) == 0
            tries += ArrivalFeed.objects.get().failures - before
        assert 20 < tries < 32  # growing pauses, at most an hour
        feed = ArrivalFeed.objects.get()
        assert (feed.code, feed.numbered, feed.delivered) == ("no_connection", 6, 3)
        assert feed.failing_since == NOON + timedelta(minutes=5)
        assert (
            InboxMessage.objects.filter(template="sites.arrivals_stuck", user=cast.users["command"]).count()
            == 1
        )
        with http_peer(police, port=port):
            at += timedelta(hours=1)
            assert send_out(at) == 3
            assert send_out(at) == 0
    assert police.numbers == [1, 2, 3, 4, 5, 6]
    assert len(police.bodies) == len(set(police.bodies)) == 6
    assert ArrivalFeed.objects.get().failing_since is None
    last = ArrivalRun.objects.order_by("started_at").last()
    assert last is not None
    assert (last.first, last.last, last.records, last.code) == (4, 6, 3, "")


def hang_up(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.connection.close()


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (answer(500), "http_500"),
        (answer(403), "http_403"),
        (answer(302, headers={"Location": "http://127.0.0.1:1/"}), "http_302"),
        (answer(200, b"<html>welcome</html>"), "odd_answer"),
        (answer(200, b'{"taken": 7}'), "odd_answer"),
        (answer(200, b'{"taken": true}'), "odd_answer"),
        (answer(200, b"[]"), "odd_answer"),
        (hang_up, "no_answer"),
    ],
)
def test_whatever_is_no_word_that_it_was_taken_is_sent_again_the_same(
    cast: Cast, contract: Contract, police: Police, says: Behave, code: str
) -> None:
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        enrol(contract, 1, cast)
        enrol(contract, 2, cast)
        police.says = says
        assert send_out() == 0
        assert ArrivalFeed.objects.get().code == code
        police.says = None
        assert send_out() == 0  # not before its time
        assert send_out(NOON + timedelta(minutes=2)) == 2
    assert police.numbers == [1, 2]
    assert police.bodies[0] == police.bodies[1]


def test_a_slow_peer_holds_no_worker_and_loses_nothing(
    cast: Cast, contract: Contract, police: Police, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outpost.sites.services.arrival_delivery.SECONDS", 0.3)
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        enrol(contract, 1, cast)
        police.says = answer(200, b'{"taken": 1}', after=1.0)
        assert send_out() == 0
        assert ArrivalFeed.objects.get().code == "no_answer"
        police.says = None
        assert send_out(NOON + timedelta(minutes=2)) == 1
    assert police.numbers == [1]


def test_a_worker_that_died_leaves_its_turn(cast: Cast, contract: Contract, police: Police) -> None:
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        enrol(contract, 1, cast)
        ArrivalFeed.objects.update(lease=UUID(int=1), leased_until=NOON + timedelta(minutes=2))
        assert send_out() == 0
        assert send_out(NOON + timedelta(minutes=1)) == 0
        assert send_out(NOON + timedelta(minutes=2)) == 1
    assert police.numbers == [1]


def test_it_is_sent_again_from_any_number_and_known_by_it(
    cast: Cast, contract: Contract, police: Police
) -> None:
    command = cast.actor("command")
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        for number in range(1, 6):
            enrol(contract, number, cast)
        send_out()
        for missing in (0, 6):
            with pytest.raises(Refusal) as refused:
                send_again(missing, actor=command, at=NOON)
            assert refused.value.code == "sites.no_such_arrival"
        with pytest.raises(Refusal):
            send_again(3, actor=cast.actor("town"), at=NOON)
        send_again(3, actor=command, at=NOON)
        assert send_out() == 3
    assert police.numbers == [1, 2, 3, 4, 5]
    assert police.bodies[2:5] == police.bodies[5:]


def test_the_feed_goes_on_by_two_words_to_the_address_that_was_agreed_to(
    cast: Cast, contract: Contract, police: Police
) -> None:
    command, other = cast.actor("command"), Actor("user:2", "two", cast.actor("command").reaches)
    with standing(police) as peer:
        enrol(contract, 1, cast)
        assert not Arrival.objects.exists()  # nothing is kept while it is off
        arrival_switch.ask(actor=command, at=NOON)
        with pytest.raises(Refusal):
            arrival_switch.agree(actor=command, at=NOON)
        with pytest.raises(Refusal):
            arrival_switch.ask(actor=cast.actor("town"), at=NOON)
        assert send_out() == 0
        arrival_switch.agree(actor=other, at=NOON)
        assert send_out() == 1  # who was registered before is told of
        with leading_to(peer, "/elsewhere"):
            enrol(contract, 2, cast)
            assert send_out() == 0
            assert ArrivalFeed.objects.get().code == "address_changed"
            assert state().has_moved
            arrival_switch.ask(actor=command, at=NOON)
        with pytest.raises(Refusal) as refused:
            arrival_switch.agree(actor=other, at=NOON)
        assert refused.value.code == "sites.arrivals_moved"
        arrival_switch.decline(actor=other, at=NOON)  # what was agreed to before stands
        assert send_out(NOON + timedelta(hours=1)) == 1
        arrival_switch.end(actor=command, at=NOON)
        enrol(contract, 3, cast)
        assert Arrival.objects.count() == 2
        withdraw_registration(Registration.objects.order_by("created_at").first().id, actor=command, at=NOON)  # type: ignore[union-attr]
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        assert send_out() == 2
    assert [event for event, _number in police.told] == [
        "registered",
        "registered",
        "registered",
        "withdrawn",
    ]


def test_only_whom_the_whole_district_is_given_reaches_it(
    cast: Cast, contract: Contract, police: Police
) -> None:
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        enrol(contract, 1, cast)
        for who in ("command", "town", "feeder", "outsider"):
            with pytest.raises(Refusal):
                fetch(0, 10, actor=cast.actor(who), at=NOON)


def test_each_person_sees_that_their_record_left(cast: Cast, contract: Contract, police: Police) -> None:
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        row = enrol(contract, 1, cast)
        send_out()
    looks = [one for one in looks_at(row.person_id, actor=SYSTEM) if one.purpose == SHARED_WITH_POLICE]
    assert [(one.at, one.who) for one in looks] == [(NOON, "sites.arrivals")]


@pytest.mark.rules
def test_a_field_without_a_purpose_goes_nowhere() -> None:
    person = {one.name: "" for one in SHARED}
    assert all(str(one.purpose) for one in SHARED)
    content(ArrivalEvent.CHANGED, UUID(int=1), NOON, person, environment="test")
    for wrong in ({**person, "temperature": "37.5"}, {key: "" for key in person if key != "phone"}):
        with pytest.raises(ValueError, match="purpose"):
            content(ArrivalEvent.CHANGED, UUID(int=1), NOON, wrong, environment="test")


@pytest.mark.django_db(transaction=True)
def test_the_record_that_commits_late_is_not_passed_over(cast: Cast, contract: Contract) -> None:
    """One writes and does not commit, another writes and commits, a reader reads on; then the first commits."""
    with override_settings(OUTPOST_ARRIVALS_URL=""):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
    first, second = enrol(contract, 1, cast), enrol(contract, 2, cast)
    Arrival.objects.all().delete()
    has_written, may_commit = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            note(ArrivalEvent.CHANGED, [first.id], at=NOON)
            has_written.set()
            assert may_commit.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(late)
        assert has_written.wait(10)
        note(ArrivalEvent.CHANGED, [second.id], at=NOON)
        number_waiting()
        seen = behind(0)
        may_commit.set()
        done.result()
    number_waiting()
    last = max(seen)
    seen |= behind(last)
    assert seen == {last: second.id, last + 1: first.id}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("writers", "each"), [(6, 30), pytest.param(20, 500, marks=pytest.mark.nightly)])
def test_two_readers_beside_many_writers_pass_nobody_over(
    cast: Cast, contract: Contract, writers: int, each: int
) -> None:
    """Each writer keeps so many records, a few a transaction, some of which are taken back."""
    with override_settings(OUTPOST_ARRIVALS_URL=""):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
    rows = [enrol(contract, number, cast).id for number in range(1, writers + 1)]
    Arrival.objects.all().delete()
    are_done = threading.Event()

    def write(row: UUID) -> None:
        chance, left = Random(rows.index(row)), each
        with closing(connection):
            while left:
                part = min(left, chance.randint(1, 9))
                with transaction.atomic():
                    for _ in range(part):
                        note(ArrivalEvent.CHANGED, [row], at=NOON)
                    is_kept = chance.random() < 0.9
                    transaction.set_rollback(not is_kept)
                left -= part if is_kept else 0

    def read() -> tuple[list[tuple[int, UUID]], int]:
        """What it met, and how much of it before the writers were done."""
        met: list[tuple[int, UUID]] = []
        is_last, early = False, 0
        with closing(connection):
            while not is_last:
                is_last, early = are_done.is_set(), len(met)
                number_waiting()
                met += sorted(behind(met[-1][0] if met else 0).items())
        return met, early

    with ThreadPoolExecutor(writers + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        written = [pool.submit(write, row) for row in rows]
        wait(written)
        are_done.set()
        for one in written:
            one.result()
        (met, early), (again, early_too) = (reader.result() for reader in readers)
    assert min(early, early_too) > 0, "nobody read beside the writers: the test proves nothing"
    assert [number for number, _row in met] == list(range(1, writers * each + 1))
    assert Counter(row for _number, row in met) == dict.fromkeys(rows, each)
    assert met == again


def behind(number: int) -> dict[int, UUID]:
    """What a reader meets behind a number."""
    rows = Arrival.objects.filter(number__gt=number).values_list("number", "registration_id")
    return {number or 0: id_ for number, id_ in rows}


@pytest.fixture
def receiver(cast: Cast) -> Client:
    """A machine of public security with its token."""
    scope = Scope("everything")
    _token, secret = create_token("police", "receiver", scope, days=30, actor=SYSTEM, at=clock.now())
    return Client(headers={"authorization": f"Bearer {secret}"})


def lines(response: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in response.content.splitlines()]


def test_a_peer_fetches_from_any_number(cast: Cast, contract: Contract, receiver: Client) -> None:
    assert receiver.get("/api/v1/arrivals").json()["code"] == "sites.arrivals_are_off"
    arrival_switch.ask(actor=SYSTEM, at=NOON)  # without an address nothing is sent
    for number in range(1, 6):
        enrol(contract, number, cast)
    assert send_out() == 0
    everything = lines(receiver.get("/api/v1/arrivals"))
    assert [one["number"] for one in everything] == [1, 2, 3, 4, 5]
    assert lines(receiver.get("/api/v1/arrivals?after=2&limit=2")) == everything[2:4]
    assert lines(receiver.get("/api/v1/arrivals?after=5")) == []
    for wrong in ("after=-1", "after=x", "limit=0", "limit=1001"):
        assert receiver.get(f"/api/v1/arrivals?{wrong}").status_code == 422
    Arrival.objects.filter(number__lte=3).delete()
    gone = receiver.get("/api/v1/arrivals?after=1")
    assert (gone.status_code, gone.json()["fields"]) == (410, {"first": "4", "after": "3"})
    assert [one["number"] for one in lines(receiver.get("/api/v1/arrivals?after=3"))] == [4, 5]
    last = ArrivalRun.objects.order_by("started_at").last()
    assert last is not None
    assert (last.way, last.who, last.records) == ("fetch", "police", 2)
    Arrival.objects.all().delete()
    gone = receiver.get("/api/v1/arrivals?after=4")  # not "nothing new"
    assert (gone.status_code, gone.json()["fields"]) == (410, {"first": "6", "after": "5"})
    assert lines(receiver.get("/api/v1/arrivals?after=5")) == []


def test_a_day_is_written_as_a_file_in_clear(cast: Cast, contract: Contract, tmp_path: Path) -> None:
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    row = enrol(contract, 1, cast)
    enrol(contract, 2, cast, at=NOON + timedelta(days=1))
    path = tmp_path / "来沪人员.csv"
    assert write_day(NOON.date(), path, actor=SYSTEM, at=NOON) == 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        (record,) = csv.DictReader(file)
    assert (record["number"], record["event"], record["document_number"]) == ("1", "registered", id_number(1))
    assert set(record) == {"number", "id", "event", "occurred_at", *(one.name for one in SHARED)}
    assert [
        one.who for one in looks_at(row.person_id, actor=SYSTEM) if one.purpose == SHARED_WITH_POLICE
    ] == ["command-line"]
    book = tmp_path / "来沪人员.xlsx"
    assert write_day(NOON.date(), book, actor=SYSTEM, at=NOON) == 1
    assert book.read_bytes().startswith(b"PK")
    with pytest.raises(Refusal):
        write_day(NOON.date(), path, actor=cast.actor("town"), at=NOON)


def test_the_page_shows_numbers_and_nobody(cast: Cast, contract: Contract, police: Police) -> None:
    with standing(police):
        arrival_switch.ask(actor=SYSTEM, at=NOON)
        enrol(contract, 1, cast)
        send_out()
        for who in ("command", "town"):
            browser = Client(headers={"accept-language": "zh-hans"})
            sign_in(browser, cast.users[who])
            page = browser.get(reverse("sites:arrivals")).content.decode()
            assert ("重新发送" in page) == (who == "command")
            assert "推送" in page
            for secret in (id_number(1), "甄工友", "13400000001"):
                assert secret not in page
            form = browser.get(reverse("sites:register", args=[contract.id])).content.decode()
            assert "共享公安" in form.partition("<main")[2]


@pytest.mark.rules
def test_an_address_needs_a_secret_and_a_demo_stays_on_its_machine() -> None:
    url, secret = (
        {"OUTPOST_ARRIVALS_URL": "https://ga.example.gov.cn/in"},
        {"OUTPOST_ARRIVALS_SECRET": SECRET},
    )
    Env(**url, **secret)  # type: ignore[arg-type]
    for wrong in (
        url,
        {**url, "OUTPOST_ARRIVALS_SECRET": "short"},
        {**secret, "OUTPOST_ARRIVALS_URL": "ftp://ga.example.gov.cn"},
        {**url, **secret, "OUTPOST_DEMO": "1"},
    ):
        with pytest.raises(ValidationError):
            Env(**wrong)  # type: ignore[arg-type]
    here = {**secret, "OUTPOST_ARRIVALS_URL": "http://127.0.0.1:9000/in", "OUTPOST_DEMO": "1"}
    Env(**here)  # type: ignore[arg-type]
