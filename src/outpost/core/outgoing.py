"""The only way out: calls to hosts that the deployment lists, at addresses that were checked before connecting.

Addresses of peers are typed in by administrators, so they must not reach what only this machine can reach. A call goes
out when its host stands in `OUTPOST_OUTGOING_HOSTS` and every address that the name resolves to is public, or lies in a
network that the same list names. The name is resolved once and the connection goes to a checked address, so a second
answer of the resolver changes nothing; the name stays what TLS and the Host header see. Redirects are not followed.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult

from django.conf import settings

from outpost.core.allowed_hosts import PORTS, Allowed, OutgoingError, split_url

SECONDS = 10.0
"""How long a whole call may take, from the look-up to the last byte."""
MOST_BYTES = 64 * 1024
"""Answers are cut here; those of gateways have a few hundred bytes."""

Resolve = Callable[[str, int], list[str]]


class UnreachableError(OutgoingError):
    """No connection came about. Nothing was sent."""


class NoAnswerError(OutgoingError):
    """The request went out, at least in part, and no whole answer came: the peer may have acted on it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered; `body` is cut at `MOST_BYTES`."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver. Raises UnreachableError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableError("name_unknown") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The way out under one list. `tls` and `resolver` are replaced in tests only."""

    allowed: Allowed
    resolver: Resolve = resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def connect(self, scheme: str, host: str, port: int, *, seconds: float = SECONDS) -> socket.socket:
        """A plain connection to a checked address of a listed host. Raises NotAllowedError or UnreachableError."""
        self.allowed.check_name(scheme, host, port)
        addresses = [ip_address(text.partition("%")[0]) for text in self.resolver(host, port)]
        if not addresses:
            raise UnreachableError("name_unknown")
        for address in addresses:  # all of them: one private answer among public ones is an attack
            self.allowed.check_address(address)
        try:
            return socket.create_connection((str(addresses[0]), port), timeout=seconds)
        except OSError:
            raise UnreachableError("no_connection") from None

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = SECONDS,
    ) -> Answer:
        """One request and its answer, whatever its status; a redirect is an answer like any other.

        Raises NotAllowedError, UnreachableError (both: nothing was sent) or NoAnswerError.
        """
        parts = split_url(url)
        self.allowed.check_url(parts)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        plain = self.connect(parts.scheme, host, port, seconds=seconds)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, parts.port, context=self.tls)
            connection.sock = self.tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        else:
            connection = http.client.HTTPConnection(host, parts.port)
            connection.sock = plain
        with closing(connection), ended_after(connection.sock, seconds) as has_ended:
            shake_hands(connection.sock)
            answer = _exchange(connection, method, _target(parts), headers or {}, body)
        if has_ended():  # what was read is cut, even where it looks whole
            raise NoAnswerError("no_answer")
        return answer


def shake_hands(connection: socket.socket) -> None:
    """Finish TLS, where it is spoken: the certificate is held against the name. Raises UnreachableError."""
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
    except OSError:
        raise UnreachableError("tls_failed") from None


def _exchange(
    connection: http.client.HTTPConnection, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    try:
        connection.request(method, target, body=body or None, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException, ValueError):  # ValueError: a header that cannot be sent
        raise NoAnswerError("no_answer") from None
    if answer.length and len(text) < MOST_BYTES:
        raise NoAnswerError("answer_cut")
    return Answer(answer.status, text)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextmanager
def ended_after(connection: socket.socket, seconds: float) -> Iterator[Callable[[], bool]]:
    """Shut a connection down after so long: a peer that sends a byte now and then must not hold a worker.

    Gives a function that tells whether that has happened.
    """
    ended = threading.Event()

    def end() -> None:
        ended.set()
        try:
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # past TLS, which a thread may be reading
        except OSError:
            return  # it has ended by itself

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield ended.is_set
    finally:
        timer.cancel()


@cache
def _way_out(hosts: str) -> Outgoing:
    return Outgoing(Allowed.parse(hosts))


def outgoing() -> Outgoing:
    """The way out of this deployment."""
    return _way_out(settings.OUTPOST_OUTGOING_HOSTS)
