"""The lane over real HTTP on a real database: each answer is true, each check-in is there once, whatever breaks."""

import json
import re
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from outpost.core.crypto import KeyRing
from outpost.health.conditions import ALWAYS_RED
from outpost.health.live_passes import Verdict, judged, pass_keys
from outpost.health.passes import BUILT_IN
from outpost.health.written_rules import written
from outpost.ingest.limits import MOST
from outpost.ingest.looker import FRESH
from outpost.ingest.tests.lane import PATIENCE, Site, outpost
from outpost.people.tokens import LASTS
from outpost.server.tests.conftest import make_data_directory
from outpost.testing import prepared
from outpost.venues.days import MAKE_DAY
from outpost.venues.recording import digest_of
from outpost.venues.rules import Place, Visit

SHANGHAI = ZoneInfo("Asia/Shanghai")
VENUES = """场所名称,场所类型,所属镇街,详细地址,经度,纬度,管理员姓名,管理员手机,检测点
东涌市场,农贸市场,南沙街道,环市大道1号,113.45,22.88,甄东涌,13700000001,南门、北门
万顷沙市场,农贸市场,万顷沙镇,新垦路2号,,,甄万顷,13700000002,
"""
FAR = {"longitude": 113.28, "latitude": 23.12, "accuracy": 150}
NEAR = {"longitude": 113.451, "latitude": 22.883, "accuracy": 150}
FLOW_IS_ROWS = """SELECT count(*) FROM
    (SELECT venue_id, checkpoint_id, day, extract(hour FROM occurred_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
            count(*) AS n, count(temperature) AS t, count(*) FILTER (WHERE temperature > 37.3) AS a,
            count(*) FILTER (WHERE is_remote) AS r
       FROM venues_checkin GROUP BY 1, 2, 3, 4) rows
    FULL JOIN venues_flow flow USING (venue_id, checkpoint_id, day, hour)
   WHERE (n, t, a, r) IS DISTINCT FROM (check_ins, temperatures, abnormal, remote)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_directory()
    prepared.with_installation(data)
    site = Site(data)
    site.server.start()
    file = tmp_path_factory.mktemp("venues") / "场所.csv"
    file.write_text(VENUES, encoding="utf-8")
    assert outpost(data, "import", "venues", str(file))["new"] == 2
    site.start()
    yield site
    if site.lane is not None:
        site.lane.kill()
        site.lane.wait()
    site.server.erase()
    shutil.rmtree(data)


@pytest.fixture(scope="module")
def codes(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    return site.codes(tmp_path_factory.mktemp("codes") / "codes.csv")


@pytest.fixture(scope="module")
def code(codes: dict[tuple[str, str], str]) -> str:
    assert set(codes) == {("东涌市场", "南门"), ("东涌市场", "北门"), ("万顷沙市场", "正门")}
    return codes["东涌市场", "南门"]


def kept(site: Site, *ids: str) -> int:
    ((count,),) = site.rows("SELECT count(*) FROM venues_checkin WHERE id = ANY(%s::uuid[])", list(ids))
    return int(count)


def test_a_check_in_is_kept_once_with_one_answer(
    site: Site, codes: dict[tuple[str, str], str], code: str
) -> None:
    body = site.stated(code, temperature="36.6")
    ((status, first),) = site.send([body])
    assert status == 201
    assert (first["venue"], first["checkpoint"]) == ("东涌市场", "南门")
    assert site.rows("SELECT name FROM venues_venue WHERE id = %s", first["venue_id"]) == [("东涌市场",)]
    assert site.send([body]) == [(200, first)]
    changed = (
        {"temperature": "36.7"},
        {"code": codes["万顷沙市场", "正门"]},
        {"occurred_at": (datetime.now(UTC) - timedelta(days=2)).isoformat()},
        {"token": site.token(uuid4())},
    )
    for _again in range(2):
        assert [status for status, _ in site.send(body | change for change in changed)] == [409] * 4
    assert kept(site, body["id"]) == 1
    assert site.rows("SELECT count(*), count(DISTINCT venue_id) FROM venues_conflict") == [(4, 2)]


def test_what_came_in_time_is_known_when_it_comes_again_too_late(site: Site, code: str) -> None:
    person, long_ago = uuid4(), datetime.now(UTC) - timedelta(days=20)
    body = site.stated(code, token=site.token(person), occurred_at=long_ago.isoformat())
    assert site.send([body])[0][1]["error"] == "venues.time_past"
    ((checkpoint,),) = site.rows("SELECT id FROM venues_checkpoint WHERE name = '南门'")
    place = Place(uuid4(), "", checkpoint, "")
    digest = digest_of(site.keys, person, place, Visit(long_ago))
    site.do("INSERT INTO venues_checkinid VALUES (%s, %s, now())", body["id"], digest)
    assert site.send([body])[0][0] == 200


def test_a_time_long_past_under_a_known_id_harms_nobody(site: Site, code: str) -> None:
    body = site.stated(code)
    assert site.send([body])[0][0] == 201
    for year in ("0001", "1969"):
        long_ago = f"{year}-01-01T00:00:00+14:00"  # the first is a day that no zone west of it can say
        assert site.send([body | {"occurred_at": long_ago}])[0][1].get("error") == "venues.time_past"
    assert site.rows("SELECT count(*) FROM venues_conflict WHERE id = %s", body["id"]) == [(0,)]
    assert site.send([body])[0][0] == 200


def test_fifty_of_one_id_at_once_are_one(site: Site, code: str) -> None:
    body = site.stated(code)
    answers = site.send([body] * 50)
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({answer["received_at"] for _, answer in answers}) == 1
    assert kept(site, body["id"]) == 1


@pytest.mark.parametrize("others", [100, pytest.param(3_000, marks=pytest.mark.nightly)])
def test_one_person_cannot_flood_and_holds_nobody_up(site: Site, code: str, others: int) -> None:
    """All of them behind one address, as in a mall."""
    token = site.token(uuid4())
    flood = [site.stated(code, token=token) for _ in range(MOST + 20)]
    crowd = [site.stated(code) for _ in range(others)]
    bodies = [*flood, *crowd]
    parts = [bodies[first : first + 200] for first in range(0, len(bodies), 200)]
    answers = [status for part in parts for status, _ in site.send(part)]
    assert set(answers[: len(flood)]) == {201, 429}
    assert set(answers[len(flood) :]) == {201}


def test_one_venue_cannot_flood_and_holds_no_other_up(
    site: Site, codes: dict[tuple[str, str], str], code: str
) -> None:
    site.stop()
    site.start(OUTPOST_MOST_OF_VENUE="50")
    try:
        flood = [site.stated(code) for _ in range(120)]
        crowd = [site.stated(codes["万顷沙市场", "正门"]) for _ in range(40)]
        answers = site.send([*flood, *crowd])
    finally:
        site.stop()
        site.start()
    assert 20 <= [status for status, _ in answers].count(503) <= 70  # a minute may end meanwhile
    assert {told.get("error") for status, told in answers if status == 503} == {"ingest.crowded"}
    assert {status for status, _ in answers[len(flood) :]} == {201}


@pytest.mark.promise("T3")
def test_the_lane_cannot_read_who_was_where(site: Site) -> None:
    with psycopg.connect(site.server.dsn("lane"), autocommit=True) as session:
        for statement in (
            "SELECT person_id FROM venues_checkin",
            "SELECT sealed FROM venues_venue",
            "SELECT count(*) FROM people_person",
            "SELECT count(*) FROM health_testrecord",
            "SELECT asked_by FROM health_passruleset",
            "SELECT count(*) FROM access_user",
            "DELETE FROM venues_checkin",
            "UPDATE venues_checkin SET is_remote = false",
            "UPDATE venues_venue SET longitude = 113.28, latitude = 23.12",
            "UPDATE venues_venuecode SET revoked_at = NULL",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


def test_its_figures_can_be_watched(site: Site, code: str) -> None:
    assert site.send([site.stated(code)])[0][0] == 201
    found = httpx.get(site.address.replace("api/v1/check-ins", "metrics")).text
    for name in ('answers_total{status="201"}', "waiting", "batch_count", "commit_seconds_count"):
        assert re.search(rf"^outpost_lane_{re.escape(name)} ", found, re.MULTILINE), name


def test_what_does_not_count_is_told_why(site: Site, code: str) -> None:
    now, foreign = datetime.now(UTC), KeyRing.generate()
    wrong = {
        "venues.code_damaged": {"code": code[:-4] + "AAAA"},
        "venues.time_ahead": {"occurred_at": (now + timedelta(hours=24)).isoformat()},
        "venues.time_past": {"occurred_at": (now - timedelta(days=15)).isoformat()},
        "venues.no_temperature": {"temperature": "99"},
        "ingest.unreadable": {"occurred_at": "2022-06-01 08:30"},
        "ingest.token": {"token": site.token(uuid4(), keys=foreign)},
    }
    bodies = [site.stated(code, **change) for change in wrong.values()]
    assert [answer["error"] for _, answer in site.send(bodies)] == list(wrong)
    expired = site.stated(code, token=site.token(uuid4(), age=LASTS))
    assert site.send([expired])[0][0] == 401
    assert kept(site, *(body["id"] for body in [*bodies, expired])) == 0
    assert httpx.get(site.address).status_code == 405
    assert httpx.get(site.address.replace("api/v1/check-ins", "healthz")).status_code == 200
    for language, text in (("zh-CN", "只接受"), ("en-GB", "takes POST only")):
        assert text in httpx.get(site.address, headers={"accept-language": language}).json()["message"]
    assert httpx.post(site.address, content=b"x" * 5000).status_code == 413
    for body in (b"", b"[]", b'"x"', b"{", b"{}"):
        message = httpx.post(site.address, content=body).json()["message"]
        assert all(name in message for name in ("id", "code", "token", "occurred_at")), body
    behind = site.stated(
        code, occurred_at=(now - timedelta(hours=24)).isoformat()
    )  # as one that waited a day
    assert site.send([behind])[0][0] == 201


@contextmanager
def begun(site: Site, length: int, sent: bytes = b"{") -> Iterator[socket.socket]:
    """A request that states a length and has sent so much of it."""
    head = f"POST /api/v1/check-ins HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as caller:
        caller.sendall(head.encode() + sent)
        yield caller


@pytest.mark.promise("P1")
def test_large_slow_and_half_requests_hold_nobody_up(site: Site, code: str) -> None:
    """Ten megabytes are refused at their head, who goes in between leaves nothing, who dawdles is sent away."""
    large = 10 * 1024 * 1024
    with begun(site, large, b"x" * 1024) as caller:
        assert caller.recv(100).startswith(b"HTTP/1.1 413")
    whole = json.dumps(site.stated(code)).encode()
    for _ in range(50):
        with begun(site, len(whole), whole[:-20]):
            pass  # the browser went away
    with ExitStack() as slow:
        callers = [slow.enter_context(begun(site, len(whole), whole[:9])) for _ in range(100)]
        crowd = [site.stated(code) for _ in range(100)]
        assert {status for status, _ in site.send(crowd)} == {201}
        assert {caller.recv(100)[:12] for caller in callers} == {b"HTTP/1.1 408"}
    assert kept(site, json.loads(whole)["id"]) == 0


def test_one_row_that_cannot_be_written_takes_no_other_with_it(site: Site, code: str) -> None:
    site.do("ALTER TABLE venues_checkin ADD CONSTRAINT no_sick CHECK (temperature IS DISTINCT FROM 42.0)")
    bodies = [site.stated(code, temperature="42.0" if n == 37 else "36.5") for n in range(100)]
    answers = [status for status, _ in site.send(bodies)]
    site.do("ALTER TABLE venues_checkin DROP CONSTRAINT no_sick")
    assert (answers[37], sorted(answers[:37] + answers[38:])) == (422, [201] * 99)
    assert kept(site, *(body["id"] for body in bodies)) == 99


def test_ones_own_pass_is_decided_from_the_facts(site: Site) -> None:
    person, now = uuid4(), datetime.now(UTC)
    site.do(
        "INSERT INTO health_passfacts (person_id, negative_at, declared_at, has_symptoms, was_in_risk_area)"
        " VALUES (%s, %s, %s, false, false)",
        *(person, now - timedelta(hours=20), now - timedelta(days=1)),
    )
    status, shown = site.passed(site.token(person, is_seen=True))
    assert (status, shown["colour"], shown["shape"], shown["reason"]) == (
        200,
        "green",
        "circle",
        "48小时核酸阴性",
    )
    assert datetime.fromisoformat(shown["until"]) == now + timedelta(hours=28)
    assert site.passed(site.token(person, is_seen=True), language="en")[1]["word"] == "Green pass"
    assert site.passed(site.token(uuid4(), is_seen=True))[1]["colour"] == "yellow"  # nothing is known
    status, told = site.passed(site.token(person))  # who only stated the number learns nothing of the person
    assert (status, told["error"]) == (403, "ingest.not_seen")
    public = pass_keys(site.keys)
    assert judged(shown["code"], public, datetime.now(UTC))[0] == Verdict.GREEN
    verdict, said = judged(told["code"], public, datetime.now(UTC))
    assert said is not None
    assert (verdict, said.colour, said.person_id, said.name) == (Verdict.LOOK, None, person, "甄*")
    assert [site.passed(token)[0] for token in ("x", site.token(person, age=LASTS))] == [401] * 2
    assert httpx.post(site.address.replace("check-ins", "pass")).status_code == 405


def marked(site: Site, *bodies: dict[str, Any]) -> list[bool]:
    """Which of these check-ins are kept as remote."""
    found = "SELECT id::text, is_remote FROM venues_checkin WHERE id = ANY(%s::uuid[])"
    kept = dict(site.rows(found, [body["id"] for body in bodies]))
    return [kept[body["id"]] for body in bodies]


def test_only_what_is_known_to_be_far_away_is_marked(
    site: Site, codes: dict[tuple[str, str], str], code: str
) -> None:
    cases = (
        (code, FAR, True),
        (code, NEAR, False),
        (code, FAR | {"accuracy": 60_000}, False),
        (code, None, False),
        (codes["万顷沙市场", "正门"], FAR, False),  # nobody said where that market is
    )
    bodies = [site.stated(at, position=position) for at, position, _ in cases]
    assert [status for status, _ in site.send(bodies)] == [201] * len(cases)
    assert marked(site, *bodies) == [is_far for *_, is_far in cases]
    stored = "SELECT count(*) FROM information_schema.columns WHERE table_name = ANY(%s) AND column_name ~ %s"
    assert site.rows(
        stored, ["venues_checkin", "venues_checkinid", "venues_conflict"], "itude|accura|position"
    ) == [(0,)]


def test_a_position_that_is_none_sends_nobody_away(site: Site, code: str) -> None:
    strange: list[Any] = ["guangzhou", 7, [], {}, FAR | {"longitude": 1000}, FAR | {"accuracy": -90_000}]
    strange += [FAR | {"latitude": "NaN"}, FAR | {"accuracy": "Infinity"}, {**FAR, "latitude": None}]
    bodies = [site.stated(code, position=one) for one in strange]
    assert [status for status, _ in site.send(bodies)] == [201] * len(strange)
    assert marked(site, *bodies) == [False] * len(strange)


def test_the_same_from_elsewhere_is_the_same_check_in(site: Site, code: str) -> None:
    body = site.stated(code, position=FAR)
    ((status, first),) = site.send([body])
    assert status == 201
    for again in (body | {"position": NEAR}, {key: body[key] for key in body if key != "position"}):
        assert site.send([again]) == [(200, first)]
    assert marked(site, body) == [True]
    assert site.rows("SELECT count(*) FROM venues_conflict WHERE id = %s", body["id"]) == [(0,)]


def test_a_venue_that_moves_is_known_at_once(site: Site, code: str) -> None:
    move = "UPDATE venues_venue SET longitude = %s, latitude = %s WHERE name = '东涌市场'"
    for place, is_far in ((FAR, True), (NEAR, False)):
        site.do(move, place["longitude"], place["latitude"])
        site.do("NOTIFY venues_codes")
        deadline = time.monotonic() + PATIENCE
        while True:
            body = site.stated(code, position=NEAR)
            assert site.send([body])[0][0] == 201
            if marked(site, body) == [is_far]:
                break
            assert time.monotonic() < deadline


@pytest.mark.promise("V5")
def test_a_remote_check_in_changes_no_pass_and_nothing_known_of_anybody(site: Site, code: str) -> None:
    person, now = uuid4(), datetime.now(UTC)
    site.do(
        "INSERT INTO health_passfacts (person_id, negative_at, declared_at, has_symptoms, was_in_risk_area)"
        " VALUES (%s, %s, %s, false, false)",
        *(person, now - timedelta(hours=20), now - timedelta(days=1)),
    )
    token = site.token(person, is_seen=True)
    facts = "SELECT to_jsonb(f) FROM health_passfacts f ORDER BY person_id"

    def shown(token: str) -> dict[str, Any]:
        return {key: value for key, value in site.passed(token)[1].items() if key not in ("as_of", "code")}

    stranger = site.token(uuid4(), is_seen=True)
    before = site.rows(facts), shown(token), shown(stranger)
    bodies = [site.stated(code, token=one, position=FAR) for one in (token, token, stranger)]
    assert [status for status, _ in site.send(bodies)] == [201] * 3
    assert marked(site, *bodies) == [True] * 3
    deadline = time.monotonic() + FRESH  # as old as the facts of a pass may be
    while time.monotonic() < deadline:
        assert (site.rows(facts), shown(token), shown(stranger)) == before
    assert before[1]["colour"] == "green"


def test_rules_that_two_agreed_on_hold_at_once(site: Site) -> None:
    stated = {"condition": "no_negative", "colour": "yellow", "hours": 1, "zh": "请测核酸", "en": "Be tested"}
    rules = [*({**one} for one in written(BUILT_IN.rules) if one["condition"] in ALWAYS_RED), stated]
    rules.append(written(BUILT_IN.rules)[-1])
    site.do(
        "INSERT INTO health_passruleset (id, version, rules, reason, trial, expires_at, asked_by, asked_label,"
        " asked_at, decided_by, decided_label, decided_at)"
        " VALUES (%s, 1, %s, '', '[]', now() + interval '1 hour', '', '', now(), '', '', now())",
        *(uuid4(), json.dumps(rules)),
    )
    site.do("NOTIFY health_pass_rules")
    deadline = time.monotonic() + PATIENCE
    while site.passed(site.token(uuid4(), is_seen=True))[1]["reason"] != "请测核酸":
        assert time.monotonic() < deadline
    site.do("DELETE FROM health_passruleset")
    site.do("NOTIFY health_pass_rules")


def test_two_lanes_that_miss_the_same_day_make_it_once(site: Site) -> None:
    address, day = site.server.dsn("lane"), date(2031, 1, 1)
    with (
        psycopg.connect(address) as first,
        psycopg.connect(address) as second,
        ThreadPoolExecutor(1) as other,
    ):
        first.execute(MAKE_DAY, [day])
        waiting = other.submit(second.execute, MAKE_DAY, [day])
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'make_day'"
        while site.rows(waits) == [(0,)]:
            assert not waiting.done()
            time.sleep(0.02)
        first.commit()
        waiting.result(PATIENCE)
    assert site.rows("SELECT to_regclass('venues_checkin_20310101') IS NOT NULL") == [(True,)]


def test_what_is_no_rows_fault_refuses_for_a_while(site: Site, code: str) -> None:
    site.do("REVOKE INSERT ON venues_checkin FROM outpost_lane")
    body = site.stated(code)
    assert site.send([body])[0][0] == 503
    site.do("GRANT INSERT ON venues_checkin TO outpost_lane")
    assert site.send([body])[0][0] == 201


def test_midnight_parts_the_days_and_the_flow_is_the_rows(
    site: Site, codes: dict[tuple[str, str], str]
) -> None:
    midnight = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
    chance = Random(7)
    times = [midnight - timedelta(seconds=1), midnight]
    times += [midnight + timedelta(minutes=chance.randrange(-4000, 4000)) for _ in range(100)]
    stated = [
        site.stated(
            chance.choice([*codes.values()]),
            occurred_at=at.astimezone(UTC).isoformat(),
            temperature=chance.choice([None, "36.5", "37.3", "37.4"]),
            position=chance.choice([None, FAR, NEAR]),
        )
        for at in times
    ]
    answers = site.send([*stated, *chance.choices(stated, k=30)])
    assert {status for status, _ in answers} == {200, 201}
    for body, day in zip(stated, (midnight.date() - timedelta(days=1), midnight.date()), strict=False):
        assert site.rows("SELECT day FROM venues_checkin WHERE id = %s", body["id"]) == [(day,)]
        name = f"venues_checkin_{day:%Y%m%d}"
        assert site.rows("SELECT tableoid::regclass::text FROM venues_checkin WHERE id = %s", body["id"]) == [
            (name,)
        ]
    assert site.rows(FLOW_IS_ROWS) == [(0,)]
    assert site.rows("SELECT count(DISTINCT is_remote) FROM venues_checkin") == [(2,)]


def test_a_revoked_code_ends_at_once_and_what_was_scanned_before_counts(
    site: Site, codes: dict[tuple[str, str], str]
) -> None:
    code = codes["东涌市场", "北门"]  # which no other test uses
    before = site.stated(code)
    site.do(
        "UPDATE venues_venuecode k SET revoked_at = now() FROM venues_checkpoint c"
        " WHERE c.id = k.checkpoint_id AND c.name = '北门'; NOTIFY venues_codes"
    )
    site.until(422, site.stated(code))
    assert site.send([before])[0][0] == 201


def test_an_ended_token_ends_at_once_and_the_next_one_is_good(site: Site, code: str) -> None:
    person = uuid4()
    old, other = site.token(person, age=timedelta(seconds=2)), site.stated(code)
    assert site.send([site.stated(code, token=old)])[0][0] == 201
    site.do("INSERT INTO people_tokenend VALUES (%s, now())", person)
    site.do("NOTIFY people_tokens")
    site.until(401, site.stated(code, token=old))
    later = site.token(person, age=timedelta(seconds=-1))
    assert [status for status, _ in site.send([site.stated(code, token=later), other])] == [201, 201]


def test_nothing_is_acknowledged_without_the_database(site: Site, code: str) -> None:
    site.server.stop(even_if_used=True)
    bodies = [site.stated(code) for _ in range(20)]
    answer = httpx.post(site.address, json=bodies[0], timeout=30)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert {status for status, _ in site.send(bodies)} == {503}
    status, told = site.passed(site.token(uuid4(), is_seen=True))
    assert (status, told["error"]) == (503, "ingest.busy_pass")
    site.server.start()
    assert kept(site, *(body["id"] for body in bodies)) == 0
    site.until(201, bodies[0])
    assert {status for status, _ in site.send(bodies[1:])} == {201}


@pytest.mark.parametrize("seconds", [2, pytest.param(30, marks=pytest.mark.nightly)])
def test_an_outage_under_load_is_refused_and_over_by_itself(site: Site, code: str, seconds: int) -> None:
    """People check in all the time while the database is away: nobody is told "done" falsely, nobody has to mend."""
    answered: dict[str, list[int]] = {}
    is_over = threading.Event()

    def come() -> None:
        while not is_over.is_set():
            bodies = [site.stated(code) for _ in range(20)]
            for body, (status, _) in zip(bodies, site.send(bodies), strict=True):
                answered.setdefault(body["id"], []).append(status)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(come)
        site.until(201, site.stated(code))
        site.server.stop(even_if_used=True)
        time.sleep(seconds)
        before = len(answered)
        site.server.start()
        site.until(201, site.stated(code))
        is_over.set()
        coming.result()
    statuses = Counter(status for tries in answered.values() for status in tries)
    assert set(statuses) == {201, 503}
    assert statuses[503] >= 20
    assert len(answered) > before  # they came on
    good = [id_ for id_, tries in answered.items() if 201 in tries]
    assert kept(site, *good) == len(good)
    assert kept(site, *answered) == len(good)


@pytest.mark.parametrize("is_killed", [True, False])
def test_what_was_acknowledged_outlives_the_lane(site: Site, code: str, is_killed: bool) -> None:
    bodies = [site.stated(code) for _ in range(150)]

    def end() -> None:
        assert site.lane is not None
        if is_killed:
            site.lane.kill()
        else:
            site.lane.terminate()

    answers = site.send(bodies, act=end, after=40)
    assert site.lane is not None
    code_of_end = site.lane.wait(30)
    site.start()
    good = [body["id"] for body, (status, _) in zip(bodies, answers, strict=True) if status in (200, 201)]
    assert 0 < len(good) < len(bodies)
    assert kept(site, *good) == len(good)
    if not is_killed:
        assert code_of_end == 0
        assert {status for status, _ in answers} <= {201, 503, 0}
    assert {status for status, _ in site.send(bodies)} <= {200, 201}
    assert kept(site, *(body["id"] for body in bodies)) == len(bodies)
    assert site.rows(FLOW_IS_ROWS) == [(0,)]
