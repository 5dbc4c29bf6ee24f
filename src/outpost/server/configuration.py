"""The configuration files of the embedded PostgreSQL, written anew at each start.

A local change belongs into `ALTER SYSTEM`, which PostgreSQL keeps in a file of its own.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from outpost.server.os_account import Account
from outpost.server.provision import ROLE_NAMES, SUPERUSER

_GIB = 1024**3

_SETTINGS: Mapping[str, str] = {
    # Reached through the socket only: nothing listens on the network.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # What an acknowledgement stands on (promise R2); outpost.server.start_guards refuses to serve without.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    # A second copy (outpost.server.copy_keeper) whose disk is away must not fill this one.
    "max_slot_wal_keep_size": "4GB",
    "idle_replication_slot_timeout": "1d",
    "wal_sender_timeout": "20s",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Who was killed while waiting has nobody to answer: the statement would keep a core for nothing.
    "client_connection_check_interval": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One file a weekday, overwritten a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    # Statements and row contents hold names and numbers: they stay out of the log (promise V8).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def settings(*, memory: int, sockets: Path, changes: Mapping[str, str]) -> dict[str, str]:
    """Give the server's settings for a machine with this much memory (bytes); `changes` win."""
    large = memory >= 8 * _GIB
    return {
        **_SETTINGS,
        "unix_socket_directories": str(sockets),
        "shared_buffers": "256MB" if large else "128MB",
        "effective_cache_size": f"{memory // 2 // 1024**2}MB",
        **changes,
    }


def machine_memory() -> int:
    """Give the memory of this machine in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def write_configuration(
    cluster: Path, *, account: Account, users: list[str], values: Mapping[str, str]
) -> None:
    """Write postgresql.conf, pg_hba.conf and pg_ident.conf; `users` may connect through the socket.

    `peer`: the kernel says who is calling, so there is no password that could be lost.
    """
    quoted = {name: value.replace("'", "''") for name, value in values.items()}
    roles = tuple(ROLE_NAMES.values())
    rights = [
        f"local all {','.join(roles)} peer map=outpost",
        f"local replication {SUPERUSER} peer map=outpost",
    ]
    identities = [f'outpost "{user}" {role}' for user in users for role in roles]
    _write(cluster / "postgresql.conf", [f"{name} = '{value}'" for name, value in quoted.items()], account)
    _write(cluster / "pg_hba.conf", rights, account)
    _write(cluster / "pg_ident.conf", identities, account)


def _write(path: Path, lines: list[str], account: Account) -> None:
    """Replace a file as a whole, never following a link: root writes in another account's directory here."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("# Written by outpost at each start. Use ALTER SYSTEM for local changes.\n")
        file.writelines(f"{line}\n" for line in lines)
        if account.is_other:
            os.fchown(descriptor, account.uid, account.gid)
    fresh.replace(path)
