"""The second copy: which are whole, what is refused, what the doctor says, and that it comes back by itself."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import translation
from pydantic import ValidationError

from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing
from outpost.core.findings import Finding
from outpost.server import backup, backup_checks, copies, copy_keeper, copy_restore, prepared, start_guards
from outpost.server.copies import SEGMENT, Copy
from outpost.server.copy_keeper import Keeper, Source
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.server.prepared import Preparation
from outpost.server.tests.test_start_guards import SAFE_PRODUCTION, make_env

pytestmark = pytest.mark.promise("M1")

RING = KeyRing.generate()
NOTE = Preparation(code="", database="", region="440115", is_demo=False)
FIRST = "000000010000000000000002"
SECOND = "000000010000000000000003"
THIRD = "0000000100000001000000FF"
MANIFEST = '{"WAL-Ranges": [{"Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/3000000"}]}'


def a_copy(
    directory: Path, name: str = "7-20261123T150000Z", *, ring: KeyRing = RING, files: tuple[str, ...]
) -> Copy:
    copy = Copy(directory / name)
    copy.base.mkdir(parents=True)
    copy.log.mkdir()
    (copy.base / "backup_manifest").write_text(MANIFEST)
    (copy.base / "PG_VERSION").write_text("18\n")
    for file in files:
        with (copy.log / file).open("wb") as opened:
            opened.truncate(SEGMENT)
    copy.declare_whole(NOTE, ring)
    return copy


# --- the files --------------------------------------------------------------------------------------------------


@pytest.mark.rules
@pytest.mark.parametrize(
    ("files", "numbers"),
    [
        ((FIRST, f"{SECOND}.partial"), [2, 3]),
        ((FIRST, SECOND, "00000002.history"), [2, 3]),
        ((THIRD, "000000010000000200000000"), [511, 512]),
        ((FIRST, "000000010000000000000004"), []),
        ((f"{FIRST}.partial", SECOND), []),
        ((), []),
    ],
)
def test_the_log_has_no_gap(tmp_path: Path, files: tuple[str, ...], numbers: list[int]) -> None:
    assert list(a_copy(tmp_path, files=files).segments()) == numbers


@pytest.mark.rules
def test_a_short_file_of_the_log_is_a_gap(tmp_path: Path) -> None:
    copy = a_copy(tmp_path, files=(FIRST, SECOND))
    (copy.log / FIRST).write_bytes(b"")
    assert copy.segments() == {}


@pytest.mark.rules
def test_the_newest_whole_copy_of_the_key_file_is_chosen(tmp_path: Path) -> None:
    """Unfinished ones and those of an installation with other keys are passed over."""
    with pytest.raises(ServerError, match="no whole copy"):
        copy_restore.choose(tmp_path, RING)
    a_copy(tmp_path, "9-20261122T150000Z", files=())
    newest = a_copy(tmp_path, "9-20261123T150000Z", files=())
    a_copy(tmp_path, "9-20261124T150000Z", files=()).note.unlink()
    a_copy(tmp_path, "8-20261125T150000Z", ring=KeyRing.generate(), files=())
    chosen, facts = copy_restore.choose(tmp_path, RING)
    assert (chosen, facts.region) == (newest, "440115")
    other = a_copy(tmp_path, "10-20261101T150000Z", files=())
    with pytest.raises(ServerError, match="several databases"):
        copy_restore.choose(tmp_path, RING)
    assert copy_restore.choose(other.path, RING)[0] == other


@pytest.mark.rules
def test_a_changed_base_and_other_keys_are_refused(tmp_path: Path) -> None:
    copy = a_copy(tmp_path, files=())
    with pytest.raises(ServerError, match="another key file, or was changed"):
        copy_restore.choose(tmp_path, KeyRing.generate())
    for file in (copy.base / "backup_manifest", copy.note):
        file.write_text(file.read_text() + "}")
        with pytest.raises(ServerError, match="another key file, or was changed"):
            copy_restore.choose(tmp_path, RING)


@pytest.mark.rules
@pytest.mark.parametrize(
    ("files", "version", "held", "said"),
    [
        ((), "18", "", "has a gap, or is missing"),
        ((SECOND,), "18", "", "has a gap, or is missing"),
        ((FIRST,), "17", "", "made by PostgreSQL 17"),
        ((FIRST,), "18", "database/cluster", "holds data already"),
    ],
)
def test_what_cannot_be_restored_is_said_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[str, ...],
    version: str,
    held: str,
    said: str,
) -> None:
    monkeypatch.setattr(backup, "key_ring", lambda: RING)
    copy, data = a_copy(tmp_path / "disk", files=files), tmp_path / "data"
    (copy.base / "PG_VERSION").write_text(version)
    (data / held).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ServerError, match=said):
        restore(tmp_path / "disk", data)
    assert sorted(tmp_path.rglob("*")) == before


def restore(place: Path, data: Path, **variables: object) -> None:
    at, actor = datetime.now(UTC), Actor.system("test")
    env = make_env(data, **variables)
    copy_restore.restore_copy(place, env=env, data=data, actor=actor, at=at, progress=lambda _step: None)


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.rules
def test_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="an absolute path is needed"):
        make_env(tmp_path, OUTPOST_COPY="copies")
    with pytest.raises(ServerError, match="unset DATABASE_URL"):
        restore(tmp_path, tmp_path, DATABASE_URL="postgresql:///x")
    (tmp_path / "database").mkdir()
    with pytest.raises(ServerError, match="is not there"):
        copies.require_directory(make_env(tmp_path, OUTPOST_COPY="/nowhere"), tmp_path)
    here = {"OUTPOST_COPY": str(tmp_path)}
    assert copies.require_directory(make_env(tmp_path, **here), tmp_path) == tmp_path
    with pytest.raises(ServerError, match="on the disk of the database"):
        copies.require_directory(make_env(tmp_path, **here, **SAFE_PRODUCTION), tmp_path)


def test_a_database_of_ones_own_is_refused_in_one_line(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    url = postgres.dsn("application")
    env = make_env(tmp_path, OUTPOST_COPY="/mnt/second", DATABASE_URL=url)
    with psycopg.connect(url) as session:
        (reason,) = start_guards.reasons_to_refuse(env, session)
    assert "Unset OUTPOST_COPY" in str(reason)


# --- a copy that is kept ----------------------------------------------------------------------------------------


@pytest.fixture
def source(data_directory: Path) -> Iterator[Source]:
    """A database, ready to be copied to `disk` beside it."""
    (data_directory / "disk").mkdir()
    env = make_env(data_directory, OUTPOST_COPY=str(data_directory / "disk"))
    KeyRing.create(env.key_file)
    with EmbeddedPostgres(data_directory) as server:
        with psycopg.connect(server.dsn("superuser")) as session:
            prepared.write_note(data_directory, connection=session, region="440115", is_demo=False)
        yield copy_keeper.source_of(env, data_directory)


class Kept:
    """A keeper that a test lets look."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.told: list[str] = []
        self.keeper = Keeper(source, tell=self.told.append)

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = datetime.now(UTC) + timedelta(seconds=40)
        while not is_so():
            assert datetime.now(UTC) < deadline, self.told
            self.keeper.look()

    def finding(self) -> Finding:
        """The last line of the doctor; the one before says that all this is on one disk."""
        with self.source.session() as session:
            return list(backup_checks.copy(self.source.env, self.source.data, session, at=datetime.now(UTC)))[
                -1
            ]

    def is_ok(self) -> bool:
        return self.finding().state == "ok"


@pytest.fixture
def kept(source: Source) -> Iterator[Kept]:
    found = Kept(source)
    yield found
    if found.keeper._receiver is not None:
        found.keeper._receiver.stop()


def test_a_lost_disk_is_said_once_and_the_copy_comes_back(kept: Kept) -> None:
    disk = Path(kept.source.env.copy_directory)
    assert kept.finding().found == "There is no whole copy in {place}."
    kept.until(kept.is_ok)
    (first,) = copies.whole_copies(disk)
    disk.rename(disk.with_name("away"))
    for _ in range(4):
        kept.keeper.look()
    assert kept.told == [f"{disk} is not there."]
    with translation.override("zh-hans"):
        assert kept.finding().render() == {
            "name": "copy",
            "state": "warn",
            "found": f"{disk} 不存在。",
            "mend": "请挂载或修复磁盘，之后副本会自动继续。",
        }
    disk.with_name("away").rename(disk)
    kept.until(lambda: kept.told[1:] == ["goes on"])
    assert copies.whole_copies(disk) == [first]
    shutil.rmtree(first.path)
    kept.until(kept.is_ok)
    (second,) = copies.whole_copies(disk)
    assert second != first


def test_the_old_copy_goes_when_the_new_one_is_whole(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Path(kept.source.env.copy_directory)
    kept.until(kept.is_ok)
    (first,) = copies.whole_copies(disk)
    stranger = a_copy(disk, "7-20200101T000000Z", files=())
    with kept.source.session() as session:
        copy_keeper.forget(session)  # as if the log had become too long
        assert "also holds" in kept.finding().found
        monkeypatch.setattr(copy_keeper, "_RATE", "nonsense")
        for _ in range(5):
            kept.keeper.look()
        assert copies.whole_copies(disk) == [stranger, first]
        assert session.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
        monkeypatch.undo()
        kept.keeper._renew_at = 0.0  # and the time has come
        kept.until(lambda: first not in copies.whole_copies(disk))
        assert session.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (1,)
    assert copies.whole_copies(disk)[0] == stranger
    assert "also holds the copy of another database" in kept.finding().found


def test_an_old_copy_is_renewed_while_it_is_kept(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Path(kept.source.env.copy_directory)
    kept.until(kept.is_ok)
    (first,) = copies.whole_copies(disk)
    monkeypatch.setattr(copy_keeper, "OLDEST", datetime.now(UTC) - first.made_at)

    def is_renewed() -> bool:
        kept.keeper._look_at = kept.keeper._renew_at = 0.0  # it looks once a minute
        return first not in copies.whole_copies(disk)

    kept.until(is_renewed)
    monkeypatch.undo()
    kept.until(kept.is_ok)
    assert len(list(copies.copies(disk))) == 1


def test_damage_is_found_and_leaves_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, data_directory: Path
) -> None:
    """In the middle of the log, where recovery ends as at its end; and in a file of the base."""
    disk, target = Path(kept.source.env.copy_directory), data_directory / "target"
    monkeypatch.setattr(backup, "key_ring", lambda: KeyRing.load(kept.source.env.key_file))
    kept.until(kept.is_ok)
    with kept.source.session() as session:
        for _ in range(4):
            session.execute("SELECT pg_logical_emit_message(true, 'test', '')")
            session.execute("SELECT pg_switch_wal()")
    kept.until(kept.is_ok)
    (copy,) = copies.whole_copies(disk)
    *_earlier, middle, _third, _second, _last = sorted(copy.log.iterdir())
    middle.write_bytes(bytes(SEGMENT))
    target.mkdir(mode=0o711)
    with pytest.raises(ServerError, match="is damaged in the middle"):
        restore(disk, target)
    largest = max((copy.base / "base").rglob("*"), key=lambda path: path.stat().st_size)
    largest.write_bytes(b"x" + largest.read_bytes()[1:])
    with pytest.raises(ServerError, match="checksum mismatch"):
        restore(disk, target)
    assert not list(target.rglob("cluster*"))


def test_production_without_a_copy_is_named(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    with psycopg.connect(postgres.dsn("application")) as session:
        at = datetime.now(UTC)
        (found,) = backup_checks.copy(make_env(tmp_path, **SAFE_PRODUCTION), tmp_path, session, at=at)
        assert (found.state, found.mend) == ("warn", "Set OUTPOST_COPY to a directory on another disk.")
        assert list(backup_checks.copy(make_env(tmp_path), tmp_path, session, at=at)) == []
