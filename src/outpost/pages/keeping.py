"""What a session keeps for some minutes, sealed: a form that was refused, a secret that is shown once.

It makes "act, redirect, show" possible: the act keeps what the page after it needs, and reload, back, another
language or a phone that drops the tab show the page again.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.http import HttpRequest

from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.keyfile import CryptoError


@dataclass(frozen=True, slots=True)
class Keep:
    """One kind of thing that sessions keep, by a key of its own: for `life`, and the `most` latest of them."""

    name: str
    life: timedelta
    most: int

    def put(self, request: HttpRequest, key: str, value: Any) -> None:
        """Keep `value` (JSON; what JSON does not know becomes text) until it is dropped or its time is over."""
        now = clock.now()
        sealed = ring().seal(orjson.dumps(value, default=str), self._context(key))
        entry = {"until": (now + self.life).timestamp(), "sealed": base64.b64encode(sealed).decode()}
        others = {
            k: e for k, e in self._entries(request).items() if k != key and e["until"] > now.timestamp()
        }
        request.session[self._slot] = dict([*others.items(), (key, entry)][-self.most :])

    def get(self, request: HttpRequest, key: str) -> Any:
        """What is kept; None when there is nothing, its time is over, or it does not open any more."""
        entry = self._entries(request).get(key)
        if entry is None or entry["until"] <= clock.now().timestamp():
            return None
        try:
            return orjson.loads(ring().open(base64.b64decode(entry["sealed"]), self._context(key)))
        except CryptoError:
            return None

    def drop(self, request: HttpRequest, key: str) -> None:
        """Forget it."""
        entries = self._entries(request)
        if key in entries:
            request.session[self._slot] = {k: entry for k, entry in entries.items() if k != key}

    @property
    def _slot(self) -> str:
        return f"kept_{self.name}"

    def _context(self, key: str) -> str:
        return f"pages.{self.name}:{key}"

    def _entries(self, request: HttpRequest) -> dict[str, Any]:
        entries: dict[str, Any] = request.session.get(self._slot, {})
        return entries
