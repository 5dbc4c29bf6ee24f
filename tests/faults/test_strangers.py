"""What strangers can do to a served installation by sending slowly or much (P6)."""

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from outpost.server import front
from tests.faults.installation import Installation, Served

pytestmark = [pytest.mark.slow, pytest.mark.promise("P6")]

SLOW_CALLERS = 60  # many times the threads
MORE_THAN_ARE_SERVED = 1_100  # connections at once
FLOODING = "127.0.0.2"
HEADERS = "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def served(installation: Installation) -> Iterator[Served]:
    with installation.up() as found:
        yield found


def call(
    served: Served, path: str, *, length: int, sent: bytes = b"", kind: str = FORM, source: str = "127.0.0.1"
) -> socket.socket:
    """Begin a request and send only part of its body."""
    host = urlsplit(served.address).netloc
    name, _colon, port = host.partition(":")
    connection = socket.create_connection((name, int(port)), timeout=60, source_address=(source, 0))
    connection.sendall(HEADERS.format(path=path, host=host, kind=kind, length=length).encode() + sent)
    return connection


def is_served(served: Served, source: str = "127.0.0.1") -> bool:
    """Whether a page comes before any slow body of somebody else would be given up, and so not because of that."""
    reading = httpx.HTTPTransport(local_address=source)
    with httpx.Client(base_url=served.address, timeout=front.PATIENCE / 2, transport=reading) as reader:
        return all(reader.get(path).status_code == 200 for path in ("/sign-in", "/healthz"))


def test_slow_bodies_hold_nobody_up(served: Served) -> None:
    with ExitStack() as slow:
        for number in range(SLOW_CALLERS):
            path = ("/sign-in", "/api/v1/tests", "/healthz")[number % 3]
            slow.enter_context(call(served, path, length=1000, sent=b"a"))
        assert is_served(served)


def test_who_sends_below_the_least_rate_is_sent_away(served: Served) -> None:
    begun = time.monotonic()
    with call(served, "/sign-in", length=60_000) as connection:
        connection.settimeout(1)
        answer = b""
        while not answer and time.monotonic() - begun < 3 * front.PATIENCE:
            try:
                connection.sendall(b"a")
                answer = connection.recv(100)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - begun < 2 * front.PATIENCE


def test_one_source_cannot_hold_all_places(served: Served) -> None:
    """More slow bodies than connections are served at once: what is too many of one source is sent away at once, and
    both another source and this one are served before any of those bodies is given up."""
    begun = time.monotonic()
    with ExitStack() as slow:
        callers = [
            slow.enter_context(call(served, "/sign-in", length=1000, sent=b"a", source=FLOODING))
            for _ in range(MORE_THAN_ARE_SERVED)
        ]
        assert is_served(served)
        assert is_served(served, FLOODING)
        assert _has_place(served, "127.0.0.1")
        _wait_until(lambda: sum(map(_is_answered, callers)) >= len(callers) - front.BODIES_OF_SOURCE)
        answers = [caller.recv(100)[:12] for caller in callers if _is_answered(caller)]
    held = front.BODIES_OF_SOURCE * (
        1 + int((time.monotonic() - begun) / front.PATIENCE)
    )  # one after the other
    assert len(callers) - len(answers) <= front.BODIES_OF_SOURCE
    assert set(answers) <= {b"HTTP/1.1 429", b"HTTP/1.1 408"}
    assert answers.count(b"HTTP/1.1 429") >= MORE_THAN_ARE_SERVED - held
    _wait_until(lambda: _has_place(served, FLOODING))


def _wait_until(holds: Callable[[], bool]) -> None:
    """Fails when something does not hold before any slow body would be given up, and so not because of that."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < front.PATIENCE / 2
        time.sleep(0.1)


def _has_place(served: Served, source: str) -> bool:
    with call(served, "/sign-in", length=1, sent=b"a", source=source) as connection:
        return not connection.recv(100).startswith(b"HTTP/1.1 429")


def _is_answered(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def test_a_large_body_of_a_stranger_is_refused_unread(served: Served) -> None:
    for path in ("/sign-in", "/me", "/api/v1/tests"):
        with call(served, path, length=50_000_000, sent=b"a" * 1000) as connection:
            assert b" 401 " in connection.recv(100).split(b"\r\n")[0]


def test_a_body_that_is_cut_off_reaches_nobody(served: Served) -> None:
    with call(served, "/sign-in", length=1000, sent=b"username=x") as connection:
        connection.shutdown(socket.SHUT_WR)
        assert not connection.recv(100).startswith(b"HTTP/1.1 2")


def test_odd_requests_are_answered(served: Served) -> None:
    """Bytes that are no text in address and headers, names with an underscore, methods without a body."""
    host = urlsplit(served.address).netloc
    name, _colon, port = host.partition(":")
    for line, header in (
        (b"GET /%FF%FE?x=%FF HTTP/1.1", b"X-Odd: \xff\xfe"),
        (b"HEAD /sign-in HTTP/1.1", b"Cookie: a=\xe5; b=2"),
        (b"OPTIONS /sign-in HTTP/1.1", b"X_Forwarded_For: 1.2.3.4"),
        (b"DELETE /nowhere HTTP/1.1", b"Authorization: Bearer \xff"),
    ):
        with socket.create_connection((name, int(port)), timeout=10) as connection:
            connection.sendall(line + b"\r\nHost: " + host.encode() + b"\r\n" + header + b"\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 "), line
    assert "Traceback" not in served.log.read_text()
