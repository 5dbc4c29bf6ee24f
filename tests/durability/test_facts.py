"""Health facts over HTTP under kills, restarts and a full disk: what was answered with success is there, once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from outpost.api.v1 import RETRY_AFTER_SECONDS
from outpost.config import env
from outpost.health.rules import LATEST_KEPT
from outpost.server import proc
from outpost.server.provision import APPLICATION
from outpost.testing.prepared import environment
from tests.durability.figures import JUDGED, Figures, enter_staff
from tests.durability.poster import PEOPLE, body_of, send
from tests.durability.syncing import job_workers, require_synced
from tests.durability.test_postgres_faults import fill
from tests.faults.installation import Installation, Served, an_installation
from tests.faults.tables import a_row, write_csv

pytestmark = [pytest.mark.durability, pytest.mark.slow]

LONG_RUN = int(env.child_environment().get("OUTPOST_KILLS", "1000"))
SEED = int(env.child_environment().get("OUTPOST_SEED", "20220608"))
SENDERS = 4
PATIENCE = 120.0
RECOVERY_SECONDS = 30.0
# how often each dies in twenty kills
VICTIMS = (
    *("web worker",) * 5,
    *("backend",) * 4,
    *("postmaster",) * 4,
    *("job worker",) * 3,
    *("everything",) * 2,
    *("web",) * 1,
    *("restart",) * 1,
)
TABLES = ("health_testrecord", "health_vaccination")
STORED = " UNION ALL ".join(f"SELECT source || '/' || record_id FROM {table}" for table in TABLES)
RECORDED = """SELECT sum(count) FROM audit_entry
 WHERE action IN ('health.tests_recorded', 'health.vaccinations_recorded')"""
DIFFERENT_SAMPLES = f"""
SELECT count(*) FROM health_latestsamples l
  FULL JOIN (SELECT person_id, (array_agg(at ORDER BY at DESC))[1:{LATEST_KEPT}] AS times
               FROM (SELECT person_id, min(sampled_at) AS at FROM health_testrecord
                      WHERE NOT is_withdrawn GROUP BY person_id, date_trunc('minute', sampled_at)) one_sample
              GROUP BY person_id) r USING (person_id)
 WHERE l.sampled_at IS DISTINCT FROM r.times
"""

AWAY, TOO_SLOW = (f"{status} {RETRY_AFTER_SECONDS}" for status in (503, 408))
"""Refusals that say to send it again; too slow is whoever `Senders.paused` stops in the middle of a body."""


class Senders:
    """Processes that send, with the account of what they were told in files of their own."""

    def __init__(
        self, directory: Path, served: Served, token: str, *, count: int, lines: int, of_doses: int
    ) -> None:
        self._directory = directory
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.durability.poster", served.address, token),
                    "vaccinations" if number < of_doses else "tests",
                    *(f"sender{number}", str(directory / f"{number}.acks"), str(lines)),
                ],
                env=environment(),
            )
            for number in range(count)
        ]

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing more is sent meanwhile."""
        for process in self._processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in self._processes:
                process.send_signal(signal.SIGCONT)

    def acknowledged(self) -> list[str]:
        """`source/record_id` of every line that was answered with success."""
        return [line.split()[0] for line in self.lines("acks")]

    def refusals(self) -> list[str]:
        return self.lines("refused")

    def wait_for_more(self, count: int, *, seconds: float, log: Path) -> float:
        """Wait until so many more lines were acknowledged; gives how long it took."""
        target, began = len(self.acknowledged()) + count, time.monotonic()
        while len(self.acknowledged()) < target:
            waited = time.monotonic() - began
            assert waited < seconds, f"{self.refusals()[-5:]}\n{log.read_text()[-3000:]}"
            time.sleep(0.05)
        return time.monotonic() - began

    def lines(self, suffix: str) -> list[str]:
        """What they noted in their files of this suffix. Whole lines only: a sender may be writing."""
        texts = (path.read_text() for path in sorted(self._directory.glob(f"*.{suffix}")))
        return [line for text in texts for line in text.splitlines(keepends=True) if line.endswith("\n")]


@contextmanager
def sending(
    directory: Path, served: Served, token: str, *, count: int = SENDERS, lines: int = 5, of_doses: int = 0
) -> Iterator[Senders]:
    """Senders of so many lines a call, `of_doses` of them of doses."""
    senders = Senders(directory, served, token, count=count, lines=lines, of_doses=of_doses)
    try:
        yield senders
    finally:
        senders.stop()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with an_installation() as found:
        enter_staff(found, tmp_path_factory.mktemp("staff"))
        yield found


def stored_in(installation: Installation) -> list[str]:
    return [name for (name,) in installation.rows(STORED)]


def check(
    installation: Installation,
    senders: Senders,
    log: str,
    *,
    lines: int,
    before: Collection[str] = (),
    may_be: Collection[str] = (AWAY,),
) -> int:
    """Require that nothing told is lost and nothing happened twice; gives how many lines were acknowledged. `before`:
    what was stored when the senders began; `may_be`: the refusals that they may have met."""
    told, stored = senders.acknowledged(), stored_in(installation)
    assert set(told) - set(stored) == set(), "acknowledged records are lost"
    assert len(told) == len(set(told))
    assert len(set(stored) - set(told) - set(before)) <= SENDERS * lines, (
        "more is stored than was ever under way"
    )
    assert installation.rows(DIFFERENT_SAMPLES) == [(0,)], "latest samples differ from the records"
    ((rows,),) = installation.rows(RECORDED)
    assert rows == len(stored), "the audit counts a record twice, or not at all"
    assert installation.rows("SELECT count(*) FROM audit_rowversion") == [(0,)], "a record was replaced"
    surprises = [line for line in senders.refusals() if not line.startswith(("-", *may_be))]
    assert surprises == [], log.partition("Internal Server Error")[2][:9000]
    verified = installation.run("audit", "verify", "--json")
    assert (verified.code, verified.document["broken_at"]) == (0, None)
    return len(told)


def processes(served: Served, installation: Installation) -> dict[str, list[int]]:
    """The processes of each part; empty lists while a part is being started."""
    below = proc.descendants(served.process.pid)
    web = [pid for pid in below if "granian" in proc.command_line(pid)]
    postmaster = installation.server.postmaster_pid()
    return {
        "web": web[:1],
        "web worker": [child for pid in web[:1] for child in proc.descendants(pid)],
        "job worker": job_workers(served),
        "postmaster": [postmaster] if postmaster else [],
        "backend": proc.descendants(postmaster) if postmaster else [],
    }


def strike(victim: str, served: Served, installation: Installation, chance: random.Random) -> bool:
    """SIGKILL the victim (a restart is asked for instead); False when it is not there just now."""
    found = processes(served, installation)
    if victim == "everything":
        targets = [pid for part in found.values() for pid in part]
    elif victim == "backend":
        targets = [chance.choice(found[victim])] if found[victim] else []
    else:
        targets = found["postmaster" if victim == "restart" else victim]
    for pid in targets:
        proc.send(pid, signal.SIGINT if victim == "restart" else signal.SIGKILL)
    return bool(targets)


def plant(directory: Path, address: str, token: str) -> int:
    """Give everybody one sample more than is kept, however fast the senders are; gives the number of lines."""
    lines = PEOPLE * (LATEST_KEPT + 1)
    assert send(address, token, body_of("planted", 0, lines)) == ["new"] * lines
    acks = "".join(f"planted/0-{line} new {time.time()}\n" for line in range(lines))
    (directory / "planted.acks").write_text(acks)
    return lines


@pytest.mark.promise("R1")
@pytest.mark.parametrize("kills", [len(VICTIMS), pytest.param(LONG_RUN, marks=pytest.mark.nightly)])
def test_kills_lose_no_fact_and_double_none(facts: Installation, tmp_path: Path, kills: int) -> None:
    """After each kill all figures equal the facts.

    `OUTPOST_KILLS` sets the long run's number, `OUTPOST_SEED` the order.
    """
    chance = random.Random(SEED)
    order = [
        victim for _ in range(-(-kills // len(VICTIMS))) for victim in chance.sample(VICTIMS, len(VICTIMS))
    ]
    token, before = facts.token(), stored_in(facts)
    with facts.up() as served, sending(tmp_path, served, token, of_doses=1) as senders:
        planted = plant(tmp_path, served.address, token)
        figures = Figures(facts, served.address, facts.token("command"))
        for number, victim in enumerate(order[:kills], 1):
            senders.wait_for_more(5, seconds=PATIENCE, log=served.log)
            time.sleep(chance.random() * 0.2)
            while not strike(victim, served, facts, chance):
                time.sleep(0.05)
            senders.wait_for_more(5, seconds=PATIENCE, log=served.log)
            with senders.paused():
                figures.check(JUDGED[number % len(JUDGED)])
            print(f"seed {SEED}: {number} kills, the last of {victim}", flush=True)
        senders.stop()
        log = served.log.read_text()
    felt = [line for line in senders.refusals() if not line.startswith(TOO_SLOW)]
    assert felt, "no kill was felt: the test proves nothing"
    told = check(facts, senders, log, lines=5, before=before, may_be=(AWAY, TOO_SLOW))
    assert told >= planted + 5 * kills


# --- R2 ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("R2")
def test_every_acknowledged_call_was_synced(facts: Installation) -> None:
    """One caller after another."""
    token = facts.token()

    def call(name: str, number: int) -> bool:
        try:
            return send(served.address, token, body_of(name, number, 1)) == ["new"]
        except OSError:
            return False

    with facts.up() as served:
        require_synced(facts, served, APPLICATION, call)


# --- R11 --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 600 MiB of our own. Needs the right to mount."""
    place = Path("/mnt") if os.access("/mnt", os.W_OK) else Path("/tmp")
    disk = place / f"outpost-small-facts-{os.getpid()}"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=600m,mode=0711", "outpost", disk], check=True)
    yield disk
    subprocess.run(["/bin/umount", disk], check=True)
    disk.rmdir()


def says_disk_is_full(served: Served) -> bool:
    """Whether readiness, a page that would store something, and the log name the cause."""
    with httpx.Client(base_url=served.address, timeout=PATIENCE, headers={"accept-language": "en"}) as reader:
        ready = reader.get("/readyz")
        reader.get("/sign-in?by=phone")
        form = {"phone": "13800138000", "ask": "1", "csrfmiddlewaretoken": reader.cookies["csrftoken"]}
        page = reader.post("/sign-in/phone", data=form)
    assert (ready.status_code, ready.json()["disk"]) == (503, "full"), ready.text
    assert (page.status_code, "The disk is full" in page.text) == (503, True), page.text
    return "the disk is full" in served.log.read_text()


@pytest.mark.nightly
@pytest.mark.promise("R11")
def test_a_full_disk_is_said_and_heals_by_itself(small_disk: Path, tmp_path: Path) -> None:
    data = small_disk / "var"
    data.mkdir()
    staff = write_csv(tmp_path / "staff.csv", "staff", [a_row("staff", n) for n in range(20_000)])
    with an_installation(data) as found:
        with found.session() as session:
            for setting in ("max_wal_size = '64MB'", "min_wal_size = '32MB'"):
                session.execute(f"ALTER SYSTEM SET {setting}")
            session.execute("SELECT pg_reload_conf()")
        token = found.token()
        with found.up() as served, sending(tmp_path, served, token, count=2, lines=200) as senders:
            for _ in range(2):
                senders.wait_for_more(400, seconds=PATIENCE, log=served.log)
                before = len(senders.refusals())
                ballast = fill(small_disk)
                deadline = time.monotonic() + PATIENCE
                while len(senders.refusals()) < before + 3:
                    assert time.monotonic() < deadline, "the disk never was full"
                    time.sleep(0.2)
                assert says_disk_is_full(served)
                refused = found.run(
                    "import", "staff", staff, "--category", "cold-chain", "--json", "--lang", "en"
                )
                assert refused.code == 1, refused.out
                assert "Traceback" not in refused.err, refused.err
                ballast.unlink()
                took = senders.wait_for_more(400, seconds=PATIENCE, log=served.log)
                assert took < RECOVERY_SECONDS
            senders.stop()
            done = found.import_file("staff", staff)
            assert done.counts == (20_000, 20_000, 0, 0, 0)
        assert check(found, senders, served.log.read_text(), lines=200) >= 1600
