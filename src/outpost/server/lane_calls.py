"""Passes the fast lane's calls on to it, so that a phone knows one address: the page's own.

A proxy before the pages does this better (deploy/nginx); `outpost up` alone has none.
"""

from collections.abc import Mapping

import httpx

from outpost.core.errors import Refusal
from outpost.ingest import errors
from outpost.ingest.answers import Written, language_of, refused

PATIENCE = httpx.Timeout(10.0, connect=2.0)
MOST_AT_ONCE = 256
_ASKED = ("content-type", "accept-language", "authorization")
_ANSWERED = ("content-type", "cache-control", "retry-after")


class LaneCalls:
    """To the lane at an address such as `127.0.0.1:8001`."""

    def __init__(self, address: str) -> None:
        limits = httpx.Limits(max_connections=MOST_AT_ONCE, keepalive_expiry=30.0)
        self._client = httpx.AsyncClient(
            base_url=f"http://{address}", timeout=PATIENCE, limits=limits, trust_env=False
        )

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Written:
        """What the lane answers; a lane that is away is busy: nothing was written, and it may be sent again."""
        asked = {name: headers[name] for name in _ASKED if name in headers}
        try:
            answer = await self._client.request(method, path, content=body, headers=asked)
        except httpx.TransportError:
            return refused(Refusal(errors.BUSY), language_of(headers.get("accept-language")))
        told = [(name, answer.headers[name]) for name in _ANSWERED if name in answer.headers]
        return answer.status_code, told, answer.content
