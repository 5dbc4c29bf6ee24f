"""The outside service of declarations, for tests: a real peer that knows some people, and may be slow, down, wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
from django.test import override_settings

from outpost.core.tests.peers import Behave, Peer, Seen, answer, http_peer

SECRET = "a secret of the health cloud"


class DeclarationService:
    """Answers by number and name. `says` replaces every answer; `twist` changes one before it goes."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.says: Behave | None = None
        self.twist: dict[str, Any] = {}

    def knows(self, number: str, name: str, **declared: str) -> None:
        """Let somebody have declared."""
        record = {"record_id": f"r-{number[-6:]}", "document_number": number, "name": name}
        self.known[number, name] = record | {"declared_at": "2022-06-07 08:30"} | declared

    def __call__(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        question = orjson.loads(seen.body)
        self.asked.append(question)
        if self.says is not None:
            self.says(handler, seen)
            return
        found = self.known.get((question["document_number"], question["name"]))
        said = {"id": question["id"], "found": found is not None, "declaration": found}
        answer(body=orjson.dumps(said | self.twist))(handler, seen)


@contextmanager
def standing(service: DeclarationService, *, port: int = 0) -> Iterator[Peer]:
    """The service at a loopback address, and the settings that lead to it."""
    with http_peer(service, port=port) as peer, leading_to(peer):
        yield peer


@contextmanager
def leading_to(peer: Peer) -> Iterator[None]:
    """The settings alone: nobody may listen there."""
    with override_settings(
        OUTPOST_DECLARATIONS_URL=f"{peer.url}/declarations",
        OUTPOST_DECLARATIONS_SECRET=SECRET,
        OUTPOST_OUTGOING_HOSTS=peer.listed,
    ):
        yield
