"""What lies between a gate and its server: away for a while, it loses answers after the server has given them, and
delivers calls a second time, late and in another order."""

import http.client
import random
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from tests.browser.listening import Listening

ENTRIES = "/api/v1/desk/entries"
_OWN = {"connection", "transfer-encoding", "content-length", "date", "server"}
_Answer = tuple[int, list[tuple[str, str]], bytes]


class Between(Listening):
    """`lost`: the share of answers to entries that never arrive, and of calls that come again later."""

    def __init__(self, address: str, *, lost: float, seed: int = 20220608) -> None:
        self._server_at = urlsplit(address).netloc
        self._lost, self._chance, self._lock = lost, random.Random(seed), Lock()
        self._calls: list[tuple[dict[str, str], bytes]] = []
        self.sent = self.answers_lost = self.sent_again = 0

    def listener(self) -> "_Server":
        return _Server(self)

    def carried(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Answer | None:
        """What the server answers; None where that gets lost."""
        if path != ENTRIES:
            return self._asked(method, path, headers, body)
        with self._lock:  # chances in one order
            self.sent += 1
            is_lost, is_again = (self._chance.random() < self._lost for _ in range(2))
            self._calls.append((headers, body))
            again = self._chance.choice(self._calls) if is_again else None
        answer = self._asked(method, path, headers, body)
        if again:
            self.sent_again += 1
            self._asked(method, path, *again)
        self.answers_lost += is_lost
        return None if is_lost else answer

    def _asked(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Answer:
        line = http.client.HTTPConnection(self._server_at, timeout=60)
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OWN]
            return answer.status, kept, answer.read()
        finally:
            line.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, between: Between) -> None:
        super().__init__(("127.0.0.1", between.port), _Door)
        self.between = between

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed browser leaves its calls half said."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
        pass

    def do_GET(self) -> None:
        self._carry()

    def do_POST(self) -> None:
        self._carry()

    def _carry(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        answer = self.server.between.carried(self.command, self.path, headers, body)
        self.close_connection = answer is None
        if answer is not None:
            with suppress(ConnectionError):  # the browser was killed meanwhile
                self._answer(*answer)

    def _answer(self, status: int, kept: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in [*kept, ("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
