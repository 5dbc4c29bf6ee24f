"""Under which account the server runs and where its files lie, as root and as an ordinary user.

Root plays the ordinary user by a forked child that becomes `nobody`; an ordinary user plays itself.
"""

import multiprocessing
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from outpost.server import directories, proc
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.faults import ServerError
from outpost.server.os_account import Account, database_account
from outpost.server.tests.conftest import make_data_directory

IS_ROOT = os.geteuid() == 0


def _owner_of(server: EmbeddedPostgres) -> str:
    postmaster = server.postmaster_pid()
    assert postmaster is not None
    return pwd.getpwuid(Path(f"/proc/{postmaster}").stat().st_uid).pw_name


def _as_ordinary_user(action: Callable[[], None]) -> None:
    def change_and_act() -> None:
        if IS_ROOT:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
        action()

    child = multiprocessing.get_context("fork").Process(target=change_and_act)
    child.start()
    child.join()
    assert child.exitcode == 0


@pytest.fixture
def home_of_nobody() -> Iterator[Path]:
    """A directory that belongs to the ordinary user, with programs that it can reach beside it."""
    directory = Path(tempfile.mkdtemp(prefix="outpost-test-"))
    if IS_ROOT:
        shutil.chown(directory, "nobody", pwd.getpwnam("nobody").pw_gid)
        directories.copy_programs(directories._installed(), directory / "packages")
    yield directory
    shutil.rmtree(directory)


def test_an_ordinary_user_runs_the_server_as_itself(
    home_of_nobody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if IS_ROOT:
        monkeypatch.setattr(directories, "_installed", lambda: home_of_nobody / "packages")

    def start_and_stop() -> None:
        with EmbeddedPostgres(home_of_nobody / "var") as server:
            assert _owner_of(server) == pwd.getpwuid(os.geteuid()).pw_name
            with psycopg.connect(server.dsn("application")) as connection:
                assert connection.execute("SELECT current_user").fetchone() == ("outpost_app",)
        assert not server.is_running()

    _as_ordinary_user(start_and_stop)
    assert (home_of_nobody / "var" / "database" / "cluster" / "PG_VERSION").exists()
    # The other account that may come along later is root: it continues as the owner of the cluster.
    with EmbeddedPostgres(home_of_nobody / "var") as server:
        assert _owner_of(server) == ("nobody" if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name)


def test_an_ordinary_user_is_refused_at_the_cluster_of_another(tmp_path: Path) -> None:
    somebody = tmp_path.parent.parent if not IS_ROOT else Path("/var")
    owner = pwd.getpwuid(somebody.stat().st_uid).pw_name

    def ask() -> None:
        if owner != pwd.getpwuid(os.geteuid()).pw_name:
            with pytest.raises(ServerError, match=f"belongs to the account {owner}"):
                database_account(None, cluster=somebody)

    _as_ordinary_user(ask)


def test_an_ordinary_user_cannot_choose_an_account(tmp_path: Path) -> None:
    def ask() -> None:
        with pytest.raises(ServerError, match="Only root"):
            database_account("daemon", cluster=Path("/nowhere"))

    _as_ordinary_user(ask)


def test_root_takes_the_account_that_is_named_or_one_of_its_own() -> None:
    nowhere = Path("/nowhere")
    if not IS_ROOT:
        assert database_account(None, cluster=nowhere).uid == os.geteuid()
        return
    assert database_account("nobody", cluster=nowhere).name == "nobody"
    assert database_account(None, cluster=nowhere).name == "outpost-db"
    with pytest.raises(ServerError, match="cannot run as root"):
        database_account("root", cluster=nowhere)
    with pytest.raises(ServerError, match="no account no-such-account"):
        database_account("no-such-account", cluster=nowhere)


def test_a_private_clone_stays_private(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone under /root: data and programs where the database's account cannot go; no mode is changed."""
    private = Path(tempfile.mkdtemp(prefix="outpost-test-"))
    system = Path(tempfile.mkdtemp(prefix="outpost-test-")) / "lib"
    system.parent.chmod(0o711)
    (private / "packages").symlink_to(directories._installed())
    monkeypatch.setattr(directories, "_installed", lambda: private / "packages")
    monkeypatch.setattr(directories, "SYSTEM_DIRECTORY", system)
    server = EmbeddedPostgres(private / "var")
    with server:
        assert private.stat().st_mode & 0o777 == 0o700
        database = private / "var" / "database"
        if IS_ROOT:
            assert _owner_of(server) == "outpost-db"
            assert database.resolve().parent == system
            assert server.programs.is_relative_to(system)
        else:
            assert not database.is_symlink()
        with psycopg.connect(server.dsn("owner")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with server, psycopg.connect(server.dsn("owner")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    server.erase()
    assert not list(system.glob("var-*"))
    shutil.rmtree(private)
    shutil.rmtree(system.parent)


def test_a_link_to_a_missing_home_is_not_taken_for_a_new_directory(tmp_path: Path) -> None:
    (tmp_path / "database").symlink_to(tmp_path / "gone")
    with pytest.raises(ServerError, match="which is missing"):
        EmbeddedPostgres(tmp_path).start()


def test_a_long_path_gets_a_short_socket() -> None:
    root = make_data_directory()
    long = root / ("d" * 80)
    long.mkdir(mode=0o711)
    server = EmbeddedPostgres(long)
    with server, psycopg.connect(server.dsn("application")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        place = directories.find_directories(long, account=None)
        assert place.sockets.stat().st_mode & 0o777 == 0o700
        assert place.sockets.parent in {Path("/run"), Path(tempfile.gettempdir())}
    place.sockets.chmod(0o755)
    with pytest.raises(ServerError, match="mode 0700"):
        server.start()
    assert proc.processes_named("no-such-program") == []
    server.erase()
    shutil.rmtree(root)
    place.sockets.rmdir()


@pytest.mark.parametrize("may_look", [True, False])
def test_where_a_process_works_is_found_whether_or_not_we_may_look(
    monkeypatch: pytest.MonkeyPatch, may_look: bool
) -> None:
    def closed(_path: Path) -> Path:
        raise PermissionError

    if not may_look:
        monkeypatch.setattr(Path, "readlink", closed)
    own = Account("own", os.geteuid(), os.getegid(), is_other=False)
    assert own.working_directory(os.getpid()) == str(Path.cwd())
    assert own.working_directory(2**22 + 1) == ""  # the kernel gives no such number
