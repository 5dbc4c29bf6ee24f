"""What somebody waits for does not stand behind long work: the worker as `outpost up` starts it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django import app

from outpost.config import env
from outpost.core import clock
from outpost.core.ids import new_id
from outpost.core.tests.peers import http_peer
from outpost.notifications.passcodes import SmsGateway
from outpost.notifications.tests.support import channel
from outpost.server.worker import CONCURRENCY
from outpost.testing.cast import build_cast

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PHONE = "13800138001"  # the cast's principal
SECONDS = 60.0


def address() -> str:
    """The test's own database, for other processes."""
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.conninfo.make_conninfo(
        **{name: parameters[name] for name in names if parameters.get(name)}
    )


@contextmanager
def a_worker(**variables: str) -> Iterator[None]:
    environment = env.child_environment(DATABASE_URL=address(), **variables)
    with subprocess.Popen([sys.executable, "-m", "outpost.server.worker"], env=environment) as process:
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(SECONDS) == 0


def held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND queue_name = 'default'"
        )
        return int(cursor.fetchone()[0])


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_passcode_goes_out_while_long_imports_run() -> None:
    build_cast()
    with (
        http_peer() as peer,
        a_worker(OUTPOST_OUTGOING_HOSTS=peer.listed),
        psycopg.connect(address()) as other,
    ):
        channel("sms_http", {"url": peer.url})
        # As many imports as the worker takes at once, none of which comes to its end.
        other.execute("LOCK TABLE exchange_import IN ACCESS EXCLUSIVE MODE")
        for _ in range(CONCURRENCY):
            app.configure_task("exchange.check").defer(import_id=str(new_id()))
        wait_until(lambda: held() == CONCURRENCY)
        SmsGateway().send(PHONE, "123456", is_admitted=True, at=clock.now())
        wait_until(lambda: len(peer.seen) == 1)
        assert b"123456" in peer.seen[0].body
        assert held() == CONCURRENCY
