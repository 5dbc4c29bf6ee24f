"""What listens for the pages and calls: a request is read whole before a thread works on it.

Threads are few, and each works with a connection to the database. Whoever sends slowly must hold none of them, so
bodies are read here, all at once in one loop, against a least rate; of one source only so many at a time, since the
connections that are served at once are counted, too (granian's backpressure). The answer of a thread is sent from
here too.
Granian starts it (`application`) and speaks RSGI with it; Django behind it stays a WSGI application.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # a class of Rust, not re-exported

from outpost.config.wsgi import application as django

# isort: split
# Models can be imported from here on: the application stands.
from outpost.access.middleware import address_of
from outpost.access.queries import is_known_caller
from outpost.access.throttle import source_of
from outpost.config import env
from outpost.core import clock
from outpost.core.db import GONE
from outpost.desks.queries import may_send
from outpost.desks.rules import DEVICE
from outpost.ingest.answers import CHECK_INS, PASS
from outpost.server.lane_calls import LaneCalls
from outpost.web.middleware import STRANGERS_BYTES

LEAST_RATE = 8 * 1024
"""Bytes a second; who sends less for longer than PATIENCE is sent away."""
PATIENCE = 15.0
BODIES_OF_SOURCE = 64
"""Bodies read at a time of one source: many for a town hall behind one address, few of the 1,024 connections."""
SPOOLED_BYTES = 1024 * 1024
SENT_AT_ONCE = 64
"""Chunks of a file that is sent; Django's are 4 KiB."""

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What a thread has made of a request; `chunks` is still to be read where it `is_streamed`."""

    status: int
    headers: Headers
    chunks: Any
    is_streamed: bool


class Front:
    """The RSGI application. `is_known` says whether the caller behind an environ may send more than a short form;
    `lane` takes the calls of the fast lane, which no thread sees."""

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        is_known: Callable[[Environ], bool],
        lane: LaneCalls | None = None,
    ) -> None:
        self._application = application
        self._is_known = is_known
        self._lane = lane
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._reading: Counter[str] = Counter()
        self._liveness = ThreadPoolExecutor(1, thread_name_prefix="liveness")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        environ = environ_of(scope)
        with SpooledTemporaryFile(max_size=SPOOLED_BYTES) as body:
            refusal = await self._read(protocol, environ, body)
            if refusal is not None:
                protocol.response_empty(refusal, [("retry-after", "5"), ("connection", "close")])
                return
            body.seek(0)
            if self._lane is not None and scope.path in (CHECK_INS, PASS):
                asked = (scope.method, scope.path, dict(scope.headers.items()), body.read())
                protocol.response_bytes(*await self._lane.ask(*asked))
                return
            environ["wsgi.input"] = body
            threads = self._liveness if scope.path == "/healthz" else self._threads
            answer = await self._in(threads, partial(_answer, self._application, environ))
            if answer.is_streamed:
                await self._stream(protocol, answer)
            else:
                protocol.response_bytes(answer.status, answer.headers, answer.chunks)

    async def _read(self, protocol: HTTPProtocol, environ: Environ, body: IO[bytes]) -> HTTPStatus | None:
        """Read the body, or leave it: Django refuses unread what has no length, is too long or a stranger's.

        Returns the status of who is sent away: too slow, cut off, with too many at a time, or not to be known while the
        database is away.
        """
        stated = environ.get("CONTENT_LENGTH", "")
        length = int(stated) if stated.isdecimal() else 0
        if length > STRANGERS_BYTES:
            try:
                if not await self._in(self._threads, partial(self._is_known, environ)):
                    return None
            except GONE:
                return HTTPStatus.SERVICE_UNAVAILABLE
        source = source_of(address_of(environ))
        if length and self._reading[source] >= BODIES_OF_SOURCE:
            return HTTPStatus.TOO_MANY_REQUESTS
        self._reading[source] += 1
        try:
            await _receive(protocol, body, length)
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        finally:
            self._reading[source] -= 1
            self._reading += Counter()  # forgets who reads none
        return None if body.tell() == length else HTTPStatus.BAD_REQUEST

    async def _stream(self, protocol: HTTPProtocol, answer: Answer) -> None:
        transport = protocol.response_stream(answer.status, answer.headers)
        chunks = iter(answer.chunks)
        try:
            while chunk := await self._in(self._threads, lambda: b"".join(islice(chunks, SENT_AT_ONCE))):
                await transport.send_bytes(chunk)
        finally:
            await self._in(self._threads, answer.chunks.close)

    @staticmethod
    async def _in(threads: ThreadPoolExecutor, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, work)


async def _receive(protocol: HTTPProtocol, body: IO[bytes], length: int) -> None:
    """Read up to `length` bytes. What came buys time at the least rate, never more than PATIENCE ahead."""
    if not length:
        return
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE) as limit:
        async for chunk in protocol:
            body.write(chunk)
            earned = (limit.when() or 0.0) + len(chunk) / LEAST_RATE
            limit.reschedule(min(earned, loop.time() + PATIENCE))


def _answer(application: Application, environ: Environ) -> Answer:
    """Run the WSGI application in this thread; a short answer is read to its end and closed here."""
    stated: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _failure: object = None) -> None:
        stated.append((status, headers))

    answered: Any = application(environ, start_response)
    status, headers = stated[-1]
    code = int(status.partition(" ")[0])
    if getattr(answered, "streaming", False):
        return Answer(code, headers, answered, is_streamed=True)
    with closing(answered):
        return Answer(code, headers, b"".join(answered), is_streamed=False)


def environ_of(scope: Scope) -> Environ:
    """A request as WSGI has it; headers of one name are joined, as RFC 3875 wants."""
    server = urlsplit(f"//{scope.server}")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.hostname or "localhost",
        "SERVER_PORT": str(server.port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": urlsplit(f"//{scope.client}").hostname or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "HTTP_HOST": scope.authority or "",
        **_headers(scope.headers.items()),
    }


def _headers(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By their names in an environ. One with `_` is left out: it would pass for one with `-` that a proxy has set."""
    joined: dict[str, str] = {}
    for name, value in items:
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{key}"
        glue = "; " if key == "HTTP_COOKIE" else ","
        joined[key] = f"{joined[key]}{glue}{value}" if key in joined else value
    return joined


def is_known(environ: Environ) -> bool:
    """Whether a session or a token comes with a request, or an enrolled gate sends a batch."""
    request = WSGIRequest({**environ, "wsgi.input": BytesIO()})
    length = int(environ.get("CONTENT_LENGTH", 0))
    return is_known_caller(request, at=clock.now()) or may_send(request.headers.get(DEVICE, ""), length)


def application() -> Front:
    """What granian starts: as many threads as there are connections to the database."""
    settings = env.load()
    lane = LaneCalls(settings.lane) if settings.lane else None
    return Front(django, threads=settings.database_pool or 1, is_known=is_known, lane=lane)
