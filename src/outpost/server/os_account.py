"""Under which operating-system account the embedded PostgreSQL runs, and what that account can reach.

PostgreSQL refuses to run as root. An ordinary user's server runs as that user. Root's server runs as another
account: the owner of an existing cluster, else the one named by `OUTPOST_DB_USER`, else `outpost-db`.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outpost.server.faults import ServerError, account_name
from outpost.server.faults import gettext_noop as _

DEFAULT_ACCOUNT = "outpost-db"


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system account; `is_other` when it is not the one that this process runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def can(self, test: str, path: Path) -> bool:
        """Ask as this account: `test -x`, `-r` or `-w` of a path, through all directories above it."""
        return self.run(["test", test, str(path)]).returncode == 0

    def run(self, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account, with its output captured."""
        return subprocess.run(
            arguments,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def working_directory(self, pid: int) -> str:
        """Give the working directory of one of this account's processes; empty when it is not to be known.

        Where we may not look, the account itself does, in a process of its own: root inside a container may not look
        into other accounts' processes.
        """
        place = Path(f"/proc/{pid}/cwd")
        try:
            return str(place.readlink())
        except PermissionError:
            return self.run(["readlink", place]).stdout.strip()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            return ""

    def make_directory(self, path: Path) -> None:
        """Make a directory of this account's own (0700) when it is missing."""
        if not path.is_dir():
            path.mkdir(mode=0o700)
            if self.is_other:
                os.chown(path, self.uid, self.gid)


def require_own(data: Path) -> None:
    """Raise ServerError when this installation is another account's: what we wrote there, it could not use.

    It is one when directory and key file belong to it; a key file that somebody brought along says nothing.
    """
    try:
        owner = data.stat().st_uid
        is_one = owner != os.geteuid() and _has_keys_of(owner, data)
    except FileNotFoundError:
        return
    if is_one:
        raise ServerError(
            _(
                "The installation in {directory} belongs to the account {owner}. Run this as {owner}: sudo -u {owner} …"
            ),
            directory=data,
            owner=account_name(owner),
        )


def _has_keys_of(owner: int, data: Path) -> bool:
    try:
        return (data / "keys.json").stat().st_uid == owner
    except PermissionError:  # a directory that is closed to us is somebody's own
        return True


def database_account(wanted: str | None, *, cluster: Path) -> Account:
    """Choose the account of the server for this cluster; root creates `outpost-db` when it is needed.

    Raises ServerError when the cluster belongs to an account that we may not act as.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        return _own_account(wanted, owner=owner, cluster=cluster)
    if owner:
        return _account(pwd.getpwuid(owner))
    if wanted == "root":
        raise ServerError(
            _("PostgreSQL cannot run as root. Set OUTPOST_DB_USER to another account, or leave it unset.")
        )
    return _account(_entry(wanted or DEFAULT_ACCOUNT, may_create=wanted is None))


def _own_account(wanted: str | None, *, owner: int | None, cluster: Path) -> Account:
    try:
        me = _account(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise ServerError(
            _("This user id ({uid}) has no account name, which PostgreSQL needs."), uid=os.geteuid()
        ) from None
    if owner is not None and owner != me.uid:
        raise ServerError(
            _("The database in {directory} belongs to the account {owner}. Run as that account or as root."),
            directory=cluster,
            owner=pwd.getpwuid(owner).pw_name,
        )
    if wanted is not None and wanted != me.name:
        raise ServerError(_("Only root can run the database as another account ({account})."), account=wanted)
    return me


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=entry.pw_uid != os.geteuid())


def _entry(name: str, *, may_create: bool) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        if not may_create:
            raise ServerError(
                _("There is no account {account}. Create it, or unset OUTPOST_DB_USER."), account=name
            ) from None
    return _created(name)


def _created(name: str) -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    if shutil.which("useradd") is None:
        reason = "useradd: not found"
    else:
        reason = subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise ServerError(
            _("The account {account} for the database could not be created: {reason}"),
            account=name,
            reason=reason,
        ) from None
