"""Real peers for the tests of outgoing calls: servers on loopback addresses that note what reached them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[BaseHTTPRequestHandler, Seen], None]


@dataclass
class Peer:
    """A server, its address and what it saw. `behave` may be exchanged while it runs."""

    behave: Behave
    host: str = "127.0.0.1"
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def listed(self) -> str:
        """How the deployment lists this peer."""
        return f"{self.url},127.0.0.0/8"


def answer(
    status: int = 200, body: bytes = b"{}", *, headers: dict[str, str] | None = None, after: float = 0.0
) -> Behave:
    """A peer that answers the same to everybody, perhaps only after a while."""

    def behave(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        threading.Event().wait(after)
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def in_turn(*behaviours: Behave) -> Behave:
    """The first request meets the first behaviour, and so on; the last one stays."""
    left = list(behaviours)

    def behave(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler, seen)

    return behave


@contextmanager
def http_peer(behave: Behave | None = None, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Peer]:
    """An HTTP server on a loopback address, until the end of the block."""
    peer = Peer(behave or answer(), host)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(self.command, self.path, dict(self.headers), body)
            peer.seen.append(seen)
            try:
                peer.behave(self, seen)
            except OSError:
                self.close_connection = True  # the caller has given up

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - names of the protocol

        def log_message(self, *_arguments: object) -> None:
            """Nothing: what arrived is in `seen`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def server_bind(self) -> None:
            """Without the look-up of our own name, which takes its time where no resolver answers."""
            TCPServer.server_bind(self)

        def handle_error(self, *_arguments: object) -> None:
            """A caller that gives up is what some tests are about."""

    server = Server((host, port), Handler)
    peer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
