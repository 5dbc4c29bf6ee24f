"""Passes the fast lane's calls on to it, so that a phone knows one address: the page's own.

A proxy before the pages does this better (deploy/nginx); `outpost up` alone has none.
"""

from collections.abc import Mapping

import httpcore

from outpost.core.errors import Refusal
from outpost.ingest import errors
from outpost.ingest.answers import Written, language_of, refused

PATIENCE = {"connect": 2.0, "read": 10.0, "write": 10.0, "pool": 10.0}
MOST_AT_ONCE = 256
_ASKED = ("content-type", "accept-language", "authorization")
_ANSWERED = ("content-type", "cache-control", "retry-after")
_AWAY = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


class LaneCalls:
    """To the lane at an address such as `127.0.0.1:8001`."""

    def __init__(self, address: str) -> None:
        self._address = f"http://{address}"
        self._lines = httpcore.AsyncConnectionPool(max_connections=MOST_AT_ONCE, keepalive_expiry=30.0)

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Written:
        """What the lane answers; a lane that is away is busy: nothing was written, and it may be sent again."""
        asked = [(name, headers[name]) for name in _ASKED if name in headers]
        try:
            answer = await self._lines.request(
                method, self._address + path, headers=asked, content=body, extensions={"timeout": PATIENCE}
            )
        except _AWAY:
            return refused(Refusal(errors.BUSY), language_of(headers.get("accept-language")))
        given = {name.decode().lower(): value.decode() for name, value in answer.headers}
        return answer.status, [(name, given[name]) for name in _ANSWERED if name in given], answer.content
