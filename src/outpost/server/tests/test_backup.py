"""Which backups are taken over, which programs read and write them; the commands' own tests restore real ones."""

from pathlib import Path
from typing import Any

import pytest

from outpost.core.crypto import KeyRing
from outpost.server import backup, backup_content
from outpost.server.backup_file import Writer
from outpost.server.faults import ServerError

pytestmark = [pytest.mark.rules, pytest.mark.promise("M1")]

RING = KeyRing.generate()
MANIFEST: dict[str, Any] = {
    "format": backup.FORMAT,
    "made_at": "2022-06-08T00:00:00+00:00",
    "version": "9.9",
    "region": "440115",
    "is_demo": False,
    "postgresql": 18,
    "migrations": ["people.0001_initial"],
    "tables": {"people_person": [1, "2"]},
    "audit_head": "1 abc",
}


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "key_ring", lambda: RING)


def written(path: Path, **changes: object) -> Path:
    with path.open("wb") as file:
        writer = Writer(file, RING, MANIFEST | changes)
        writer.write([b"rows"])
        writer.finish()
    return path


def test_a_whole_file_says_what_it_holds(tmp_path: Path) -> None:
    content = backup.verify_file(written(tmp_path / "kept"))
    assert content.tables == {"people_person": (1, "2")}
    assert content.rows == 1


@pytest.mark.parametrize(
    "changes", [{"format": 2, "more": 1}, {"migrations": ["people.0001_initial", "people.9999_later"]}]
)
def test_a_newer_version_is_named(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(ServerError, match=r"newer version \(9\.9\)"):
        backup.verify_file(written(tmp_path / "kept", **changes))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="cannot be read"):
        backup.verify_file(tmp_path / "none")


@pytest.mark.parametrize(
    ("server", "programs"), [(15, 15), (16, 16), (17, 18), (18, 18), (19, 19)], ids="postgres{}".format
)
def test_programs_go_with_the_server(server: int, programs: int) -> None:
    assert backup_content.program_version(server) == programs


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backup_content, "_DEBIAN", f"{tmp_path}/{{major}}")
    with pytest.raises(ServerError, match="Install: postgresql-client-15"):
        next(backup_content.dump("postgresql:///x", snapshot_name="", major=15))
    with pytest.raises(ServerError, match="Install: postgresql-client-19"):
        backup_content.load("postgresql:///x", [], major=19, dumped_by=19)


def test_a_dump_of_a_newer_server_is_refused() -> None:
    with pytest.raises(ServerError, match="made with PostgreSQL 19: the server, 18, is too old"):
        backup_content.load("postgresql:///x", [], major=18, dumped_by=19)
