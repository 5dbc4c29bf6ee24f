"""Check-ins under kills: what was acknowledged is there, once, and the flow is the rows."""

import asyncio
import csv
import random
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from outpost.config import env
from outpost.core.crypto import KeyRing
from outpost.people.tokens import Holder, person_token
from outpost.server import network, proc
from outpost.server.provision import LANE
from outpost.server.tls import ensure_certificates
from outpost.testing.network import free_port
from outpost.testing.prepared import environment
from tests.durability.syncing import require_synced
from tests.faults.installation import Installation, Served, an_installation

pytestmark = [pytest.mark.durability, pytest.mark.slow]

LONG_RUN = int(env.child_environment().get("OUTPOST_KILLS", "1000"))
SEED = int(env.child_environment().get("OUTPOST_SEED", "20220608"))
VISITORS = 8
PATIENCE = 60.0
VICTIMS = ("lane", "lane", "lane", "backend", "backend", "postmaster", "web", "everything")
VENUES = """场所名称,场所类型,所属镇街,详细地址,管理员姓名,管理员手机,检测点
东涌市场,农贸市场,南沙街道,环市大道1号,甄东涌,13700000001,南门、北门
"""
CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "outpost.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
FLOW_IS_ROWS = """SELECT count(*) FROM
    (SELECT venue_id, checkpoint_id, day, count(*) AS n FROM venues_checkin GROUP BY 1, 2, 3) rows
    FULL JOIN (SELECT venue_id, checkpoint_id, day, sum(check_ins) AS counted FROM venues_flow GROUP BY 1, 2, 3) flow
    USING (venue_id, checkpoint_id, day) WHERE n IS DISTINCT FROM counted"""


def somebody(code: str, keys: KeyRing) -> dict[str, str]:
    """A check-in of somebody new, now."""
    now = datetime.now(UTC)
    token = person_token(keys, Holder(uuid4(), is_seen=False), issued_at=now)
    return {"id": str(uuid4()), "code": code, "token": token, "occurred_at": now.isoformat()}


class Crowd:
    """Visitors who check in again and again, each sending one check-in until it is acknowledged."""

    def __init__(
        self, addresses: list[str], codes: list[str], keys: KeyRing, *, trust: ssl.SSLContext | bool = True
    ) -> None:
        self._addresses, self._codes, self._keys, self._trust = addresses, codes, keys, trust
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._crowd()))
        self.acknowledged: list[UUID] = []
        self.answers: Counter[int] = Counter()
        """By status; 0 where there was none."""

    @contextmanager
    def checking_in(self) -> Iterator[None]:
        """For as long as the block lasts; whoever waits for an answer then still gets it."""
        self._thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            self._thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more were acknowledged."""
        target, deadline = len(self.acknowledged) + count, time.monotonic() + PATIENCE
        while len(self.acknowledged) < target:
            assert time.monotonic() < deadline, self.answers
            time.sleep(0.02)

    async def _crowd(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, verify=self._trust) as client:
            await asyncio.gather(*(self._visitor(client, number) for number in range(VISITORS)))

    async def _visitor(self, client: httpx.AsyncClient, number: int) -> None:
        address = f"{self._addresses[number % len(self._addresses)]}/api/v1/check-ins"
        while not self._is_over.is_set():
            body = somebody(self._codes[number % len(self._codes)], self._keys)
            while not await self._is_acknowledged(client, address, body):
                pass
            self.acknowledged.append(UUID(body["id"]))

    async def _is_acknowledged(self, client: httpx.AsyncClient, address: str, body: dict[str, str]) -> bool:
        try:
            status = (await client.post(address, json=body)).status_code
        except httpx.TransportError:
            status = 0
        self.answers[status] += 1
        is_good = status in (200, 201)
        await asyncio.sleep(0.0 if is_good else 0.1)
        return is_good


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    with an_installation() as found:
        file = tmp_path / "venues.csv"
        file.write_text(VENUES, encoding="utf-8")
        assert found.run("import", "venues", file, "--json").code == 0
        yield found


def codes_of(installation: Installation, out: Path) -> list[str]:
    assert installation.run("venues", "codes", "--out", out).code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        return [row["code"] for row in csv.DictReader(file)]


def strike(victim: str, served: Served, installation: Installation, chance: random.Random) -> bool:
    """SIGKILL the victim; False when it is not there just now."""
    below = [(pid, proc.command_line(pid)) for pid in proc.descendants(served.process.pid)]
    postmaster = installation.server.postmaster_pid()
    backends = proc.descendants(postmaster) if postmaster else []
    found = {
        "lane": [pid for pid, line in below if "outpost.cli" in line and "lane" in line],
        "web": [pid for pid, line in below if "granian" in line],
        "postmaster": [postmaster] if postmaster else [],
        "backend": [chance.choice(backends)] if backends else [],
    }
    targets = [pid for part in found.values() for pid in part] if victim == "everything" else found[victim]
    for pid in targets:
        proc.send(pid, signal.SIGKILL)
    return bool(targets)


@pytest.mark.promise("R1")
@pytest.mark.parametrize("kills", [len(VICTIMS), pytest.param(LONG_RUN, marks=pytest.mark.nightly)])
def test_kills_lose_no_check_in_and_double_none(site: Installation, tmp_path: Path, kills: int) -> None:
    """By the lane's own address and by that of the pages. `OUTPOST_KILLS` sets the long run's number."""
    chance = random.Random(SEED)
    order = [
        victim for _ in range(-(-kills // len(VICTIMS))) for victim in chance.sample(VICTIMS, len(VICTIMS))
    ]
    codes = codes_of(site, tmp_path / "codes.csv")
    with site.up() as served:
        crowd = Crowd([served.address, served.lane], codes, KeyRing.load(site.data / "keys.json"))
        with crowd.checking_in():
            for number, victim in enumerate(order[:kills], 1):
                crowd.wait_for_more(VISITORS * 4)
                time.sleep(chance.random() * 0.1)
                while not strike(victim, served, site, chance):
                    time.sleep(0.05)
                print(f"seed {SEED}: {number} kills, the last of {victim}", flush=True)
            crowd.wait_for_more(VISITORS * 4)
        log = served.log.read_text()
    assert crowd.answers[503] + crowd.answers[0], "no kill was felt: the test proves nothing"
    assert set(crowd.answers) <= {0, 200, 201, 503}, (crowd.answers, log[-3000:])
    require_each_once(site, crowd)


def require_each_once(site: Installation, crowd: Crowd) -> None:
    """Require that what was acknowledged is there once, and nothing else; and that the flow is the rows."""
    stored = [id_ for (id_,) in site.rows("SELECT id FROM venues_checkin")]
    assert len(stored) == len(set(stored)), "a check-in is there twice"
    assert set(crowd.acknowledged) == set(stored), "an acknowledged check-in is lost, or one is there unasked"
    assert site.rows(FLOW_IS_ROWS) == [(0,)]


@pytest.mark.promise("R2")
def test_every_acknowledged_check_in_was_synced(site: Installation, tmp_path: Path) -> None:
    """One visitor after another."""
    (code, *_), keys = codes_of(site, tmp_path / "codes.csv"), KeyRing.load(site.data / "keys.json")

    def call(_name: str, _number: int) -> bool:
        answer = httpx.post(f"{served.lane}/api/v1/check-ins", json=somebody(code, keys), timeout=PATIENCE)
        assert answer.status_code in (201, 503), answer.text
        return answer.status_code == 201

    with site.up() as served:
        require_synced(site, served, LANE, call)


# --- several lanes behind the proxy -----------------------------------------------------------------------------


@contextmanager
def a_lane(site: Installation, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One more lane, as outpost-lane@.service starts it."""
    command = [sys.executable, "-m", "outpost.cli", "lane", "--port", str(port), "--data", str(site.data)]
    with subprocess.Popen(command, env=environment()) as process:
        try:
            while not network.answers("127.0.0.1", port, authority=None):
                assert process.poll() is None
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()


@contextmanager
def a_proxy(folder: Path, served: Served, lanes: list[str]) -> Iterator[tuple[str, ssl.SSLContext]]:
    """nginx with deploy/nginx/outpost.conf, its ports, certificate and lanes replaced: its address, whom to trust."""
    ports, certificates = (
        [free_port(), free_port()],
        ensure_certificates(folder / "tls", network.names_for("127.0.0.1"), at=datetime.now(UTC)),
    )
    text = CONFIGURATION.read_text()
    for told, ours in (
        ("server 127.0.0.1:8000;", f"server {served.address.removeprefix('http://')};"),
        ("server 127.0.0.1:8001 max_fails=1 fail_timeout=5s;", " ".join(f"server {lane};" for lane in lanes)),
        ("listen 80;", f"listen 127.0.0.1:{ports[0]};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{ports[1]} ssl;"),
        ("/etc/nginx/tls/outpost.pem", str(certificates.certificate)),
        ("/etc/nginx/tls/outpost.key", str(certificates.key)),
    ):
        assert text.count(told) == 1, told
        text = text.replace(told, ours)
    (folder / "outpost.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; "
        + "".join(f"{kind}_temp_path {folder}/{kind};" for kind in TEMPORARY)
        + f" include {folder}/outpost.conf; }}"
    )
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert nginx is not None, "this test needs nginx: apt-get install nginx-light"
    with subprocess.Popen([nginx, "-c", str(folder / "nginx.conf")]) as process:
        try:
            while not network.answers("127.0.0.1", ports[1], authority=certificates.authority):
                assert process.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.1)
            yield f"https://127.0.0.1:{ports[1]}", ssl.create_default_context(cafile=certificates.authority)
        finally:
            process.terminate()


@pytest.mark.nightly
@pytest.mark.promise("R1")
def test_a_lane_of_three_that_dies_is_not_felt(site: Installation, tmp_path: Path) -> None:
    codes, keys = codes_of(site, tmp_path / "codes.csv"), KeyRing.load(site.data / "keys.json")
    with site.up() as served, ExitStack() as stack:
        others = [free_port(), free_port()]
        dying, _other = [stack.enter_context(a_lane(site, port)) for port in others]
        lanes = [served.lane.removeprefix("http://"), *(f"127.0.0.1:{port}" for port in others)]
        address, trust = stack.enter_context(a_proxy(tmp_path, served, lanes))
        crowd = Crowd([address], codes, keys, trust=trust)
        with crowd.checking_in():
            crowd.wait_for_more(VISITORS * 20)
            dying.kill()
            crowd.wait_for_more(VISITORS * 40)
        print(dict(crowd.answers))
    assert set(crowd.answers) <= {200, 201}, crowd.answers
    require_each_once(site, crowd)
