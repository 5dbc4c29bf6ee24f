"""Under which names and addresses this machine can be called, and whether a port is free."""

import errno
import http.client
import socket
import ssl
from pathlib import Path

from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _

_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
_SOMEWHERE_ELSE = ("192.0.2.1", 9)  # a documentation address: connecting a UDP socket sends nothing
_ASK_SECONDS = 2.0


def require_free_port(host: str, port: int) -> None:
    """Raise ServerError when we could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                _("Port {port} is used by another program. Choose another: outpost up --port N"), port=port
            ) from error
        raise ServerError(
            _("Cannot listen on {host}, port {port}: {reason}"), host=host, port=port, reason=error.strerror
        ) from error


def free_port(host: str, wanted: int) -> int:
    """Give the wanted port, or another that is free when it is not."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, wanted))
        except OSError:
            probe.bind((host, 0))
        return int(probe.getsockname()[1])


def names_for(host: str) -> list[str]:
    """Give the names and addresses that a browser may use for a server that listens on `host`."""
    if host not in _EVERYWHERE:
        return list(dict.fromkeys([host, *_LOCAL]))
    return list(dict.fromkeys([_own_address(), socket.gethostname(), *_LOCAL]))


def local_address(host: str) -> str:
    """Give the address under which this machine itself reaches the server."""
    return _EVERYWHERE.get(host, host)


def in_url(host: str) -> str:
    """Write a host as in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def answers(host: str, port: int, *, authority: Path | None) -> bool:
    """Ask /healthz on this machine; with `authority` over TLS, trusting that certificate only."""
    connection: http.client.HTTPConnection
    if authority is None:
        connection = http.client.HTTPConnection(host, port, timeout=_ASK_SECONDS)
    else:
        trust = ssl.create_default_context(cafile=str(authority))
        connection = http.client.HTTPSConnection(host, port, timeout=_ASK_SECONDS, context=trust)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE_ELSE)
        except OSError:  # no network at all
            return _LOCAL[1]
        return str(probe.getsockname()[0])
