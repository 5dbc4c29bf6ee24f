"""What listens at one port of this machine for the gate app, and is away in between."""

from http.server import ThreadingHTTPServer
from threading import Thread


class Listening:
    """`listener`: what answers at the port, made anew each time that it opens."""

    port = 0
    _server: ThreadingHTTPServer | None = None

    def listener(self) -> ThreadingHTTPServer:
        raise NotImplementedError

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/gate/"

    def open(self) -> None:
        """Answer from now on, at the same port as before."""
        self._server = self.listener()
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Be away: nobody listens."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
