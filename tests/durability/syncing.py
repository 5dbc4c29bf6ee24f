"""Whether each call was synced to disk before it was answered: the syncs that came with so many calls, one by one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP

from outpost.server import proc
from outpost.server.provision import APPLICATION, LANE
from tests.faults.installation import Installation, Served

CALLS = 60
# Waits until each is gone: a backend reports its syncs at its end.
_END = f"""SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
 WHERE usename IN ('{APPLICATION}', '{LANE}')"""


def require_synced(
    installation: Installation, served: Served, role: str, call: Callable[[str, int], bool]
) -> None:
    """`call` sends one call of this name and number, as the database's `role`; whether it was answered with success.

    The job workers are held, since their own commits would hide a missing one."""
    with _alone(installation, served):
        assert _syncs_of_calls(installation, call, "synced") >= CALLS
        # The measure sees what it must see: without waiting there are far fewer.
        with installation.session() as session:
            session.execute(f"ALTER ROLE {role} SET synchronous_commit = off")
        try:
            assert _syncs_of_calls(installation, call, "unsynced") < CALLS / 2
        finally:
            with installation.session() as session:
                session.execute(f"ALTER ROLE {role} RESET ALL")


def job_workers(served: Served) -> list[int]:
    """Their process ids."""
    below = proc.descendants(served.process.pid)
    return [pid for pid in below if "outpost.server.worker" in proc.command_line(pid)]


@contextmanager
def _alone(installation: Installation, served: Served) -> Iterator[None]:
    """Nothing is written to disk meanwhile but what calls write."""
    with installation.session() as session:
        for setting in ("wal_writer_delay = '10s'", "autovacuum = off"):
            session.execute(f"ALTER SYSTEM SET {setting}")
        session.execute("SELECT pg_reload_conf()")
    workers = job_workers(served)
    for worker in workers:
        proc.send(worker, SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            proc.send(worker, SIGCONT)
        with installation.session() as session:
            session.execute("ALTER SYSTEM RESET ALL")


def _syncs_of_calls(installation: Installation, call: Callable[[str, int], bool], name: str) -> int:
    before = _syncs(installation)
    sent = 0
    while sent < CALLS:
        is_taken = call(name, sent)
        assert is_taken or sent == 0, (
            "refused in the middle"
        )  # at first it meets the connection that was ended
        sent += is_taken
    return _syncs(installation) - before


def _syncs(installation: Installation) -> int:
    """Syncs of the write-ahead log so far."""
    assert all(ended for (ended,) in installation.rows(_END))
    ((count,),) = installation.rows("SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'")
    return int(count)
