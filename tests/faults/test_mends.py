"""What `outpost doctor` advises is done to the letter, and helps."""

import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outpost.server.provision import APPLICATION
from tests.faults.installation import Installation, an_installation

pytestmark = pytest.mark.slow

PATIENCE = 60.0

COMMAND = re.compile(r"outpost ((?!up\b)[a-z]+[^.]*)$")  # `outpost up` is what runs meanwhile
OLD_PURGE = (
    "INSERT INTO audit_purge (id, kind, actor_label, started_at, finished_at, first_kept, counts, certificate)"
    " VALUES (gen_random_uuid(), 'purge', 'test', now() - interval '90 days', now() - interval '90 days',"
    """ '{"days": {}, "parts": []}', '{}', '{}') RETURNING 1"""
)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with an_installation() as found:
        yield found


def advice(installation: Installation) -> dict[str, str]:
    """By name of the check, the command that it advises."""
    findings = installation.run("doctor", "--json", "--lang", "en").document["findings"]
    return {
        finding["name"]: found[1]
        for finding in findings
        if finding["state"] != "ok" and (found := COMMAND.search(finding["mend"]))
    }


def test_every_command_that_is_advised_mends_what_it_was_advised_for(installation: Installation) -> None:
    installation.rows(OLD_PURGE)
    (installation.data / "prepared.json").unlink()
    wanted, followed = {"migrations", "backup", "drill", "key copies", "retention"}, set()
    places = {"FILE": str(installation.data / "kept.backup"), "COPY": str(installation.data / "keys.json")}
    while asked := {name: one for name, one in advice(installation).items() if name not in followed}:
        name = min(asked, key=lambda one: (one != "migrations", one))
        done = installation.run(*(places.get(word, word) for word in shlex.split(asked[name])))
        assert done.code == 0, (name, asked[name], done.err)
        followed.add(name)
        assert name not in advice(installation), (name, asked[name])
    assert followed == wanted


def wrong(installation: Installation, name: str, **variables: str) -> list[str]:
    """The mends of what this check does not find in order. What does not work at all is told by the exit code, too."""
    done = installation.run("doctor", "--json", "--lang", "en", account=None, **variables)
    findings = done.document["findings"]
    assert done.code == any(one["state"] == "fail" for one in findings), done.out
    return [one["mend"] for one in findings if one["name"] == name and one["state"] != "ok"]


def _keys(found: Installation) -> Callable[[], object]:
    keys, safe = found.data / "keys.json", found.data / "safe.json"
    keys.rename(safe)
    return lambda: safe.rename(keys)


def _append_only(found: Installation) -> Callable[[], object]:
    with found.session() as session:
        session.execute(f"GRANT UPDATE ON audit_entry TO {APPLICATION}")
    (found.data / "prepared.json").unlink()
    return lambda: found.run("init")


def _unused_home(found: Installation) -> Callable[[], object]:
    home = Path("/var/lib/outpost") / f"{found.data.name}-left"
    home.mkdir(parents=True)  # nobody may have needed a home there yet
    return home.rmdir


# name of the check → makes it find something, gives what its mend says; the mend as it is worded
MENDS: Mapping[str, tuple[Callable[[Installation], Callable[[], object]], str]] = {
    "keys": (_keys, "back from its safe copy"),
    "audit": (_append_only, "Let it own nothing and run: outpost init"),
    **({"disk": (_unused_home, "remove it")} if os.geteuid() == 0 else {}),
}


@pytest.mark.parametrize("name", MENDS)
def test_a_mend_that_is_no_command_helps(installation: Installation, name: str) -> None:
    breaking, worded = MENDS[name]
    mend = breaking(installation)
    try:
        assert [one for one in wrong(installation, name) if worded in one]
    finally:
        mend()
    assert [one for one in wrong(installation, name) if worded in one] == []


def test_a_setting_that_is_advised_helps(installation: Installation) -> None:
    off = {"OUTPOST_PRODUCTION": "1", "OUTPOST_SECOND_FACTOR": "off"}
    assert "Unset OUTPOST_SECOND_FACTOR." in wrong(installation, "settings", **off)
    assert wrong(installation, "settings", OUTPOST_PRODUCTION="1") == []
    asked = "Set OUTPOST_COPY to a directory on another disk."
    assert asked in wrong(installation, "copy", OUTPOST_PRODUCTION="1")
    assert asked not in wrong(installation, "copy", OUTPOST_PRODUCTION="1", OUTPOST_COPY="/dev/shm")


def test_the_owner_of_the_tables_gets_an_address_of_its_own(installation: Installation) -> None:
    owner, application = installation.server.dsn("owner"), installation.server.dsn("application")
    asked = "Set DATABASE_OWNER_URL for the owner and give DATABASE_URL a role without ownership."
    one = {"OUTPOST_PRODUCTION": "1", "DATABASE_URL": owner}
    assert wrong(installation, "settings", **one) == [asked]
    assert wrong(installation, "audit", **one) != []
    two = {**one, "DATABASE_URL": application, "DATABASE_OWNER_URL": owner}
    assert wrong(installation, "settings", **two) == wrong(installation, "audit", **two) == []


def test_a_clock_that_was_set_is_right(installation: Installation) -> None:
    behind = datetime(2020, 1, 1, tzinfo=UTC) - datetime.now(UTC)
    both = ["Set the clock, and let NTP keep it.", "Let NTP keep both clocks."]
    assert wrong(installation, "clock", CLOCK_AHEAD=str(behind.total_seconds())) == both
    assert wrong(installation, "clock", CLOCK_AHEAD="3600") == both[1:]
    assert wrong(installation, "clock") == []


def test_jobs_that_wait_go_on_once_the_workers_run(installation: Installation) -> None:
    installation.rows(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
        " VALUES ('default', 'access.record_denials', 'todo', now() - interval '1 hour') RETURNING 1"
    )
    assert wrong(installation, "queue") == ["Is the worker running?"]
    assert wrong(installation, "worker") == ["Start them: outpost up"]
    with installation.up():
        deadline = time.monotonic() + PATIENCE
        while wrong(installation, "queue") or wrong(installation, "worker"):
            assert time.monotonic() < deadline
            time.sleep(0.5)
