"""What answers in B1, B8 and B9 (the lane, the lane without a database, a view of Django), and what is sent to it."""

import asyncio
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import connection

from benchmarks.harness import here
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.ingest.app import Checks, Lane
from outpost.ingest.looker import Looker
from outpost.ingest.serving import serve
from outpost.ingest.writer import Writer
from outpost.people.tokens import Holder, person_token
from outpost.regions.models import Region
from outpost.server.network import answers
from outpost.testing.network import free_port
from outpost.venues.codes import code_text
from outpost.venues.models import Checkpoint, Kind, Venue, VenueCode
from outpost.venues.recording import CheckIn, Kept
from outpost.venues.services import ensure_kinds

VENUES = 600
PATIENCE = 30.0
ORM_THREADS = 4
Serve = Callable[[int], None]
"""Serves on a port until it is told to stop; runs in a process of its own."""


def venues() -> list[str]:
    """Make venues with a checkpoint each; the texts of their codes."""
    ensure_kinds()
    Region.objects.create(code="440115001", name="南沙街道", level="town")
    kind, at, codes = Kind.objects.get(code="market"), clock.now(), []
    for number in range(VENUES):
        venue = Venue(name=f"市场{number}", kind=kind, region_id="440115001", address="1", sealed=b"")
        venue.manager_name_hash, venue.manager_phone_hash = b"", number.to_bytes(4)
        venue.created_at = venue.updated_at = at
        venue.save(force_insert=True)
        gate = Checkpoint.objects.create(venue=venue, name="正门", created_at=at)
        codes.append(code_text(ring(), VenueCode.objects.create(checkpoint=gate, issued_at=at).id))
    return codes


def check_ins(codes: Sequence[str], count: int) -> list[bytes]:
    """So many check-ins, each of somebody else, as they go over the line."""
    now, keys = datetime.now(UTC), ring()
    made = []
    for number in range(count):
        said = {
            "id": str(uuid4()),
            "code": codes[number % len(codes)],
            "token": person_token(keys, Holder(new_id(), is_seen=False), issued_at=now),
            "occurred_at": now.isoformat(),
        }
        body = json.dumps(said).encode()
        head = f"POST /api/v1/check-ins HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def looks(people: Sequence[UUID], count: int) -> list[bytes]:
    """So many looks at one's own pass, by each of these people in turn."""
    now, keys = datetime.now(UTC), ring()
    tokens = [person_token(keys, Holder(one, is_seen=True), issued_at=now) for one in people]
    head = "GET /api/v1/pass HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\r\n"
    return [head.format(tokens[number % len(tokens)]).encode() for number in range(count)]


@contextmanager
def served(serve_: Serve) -> Iterator[int]:
    """The port at which it answers, for as long as the block lasts."""
    port, spawn = free_port(), multiprocessing.get_context("fork")
    connection.close()
    server = spawn.Process(target=serve_, args=(port,))
    server.start()
    try:
        while not answers("127.0.0.1", port, authority=None):
            time.sleep(0.05)
        time.sleep(1.0)  # the codes are read
        yield port
    finally:
        server.terminate()
        server.join(PATIENCE)


def lane(port: int) -> None:
    """The lane as it is."""
    asyncio.run(serve(_lane(), host="127.0.0.1", port=port))


def lane_without_database(port: int) -> None:
    """The same checks and answers; nothing is written or read."""
    it = _lane()
    it._writer, it._looker = _Nowhere("", it._write), _NoFacts("", _no_facts)  # noqa: SLF001 - what is measured against
    asyncio.run(serve(it, host="127.0.0.1", port=port))


def orm_view(port: int) -> None:
    """The peer, on the same server software with threads of its own."""
    command = [sys.executable, "-m", "granian", "benchmarks.orm_view:application", "--interface", "wsgi"]
    options = [
        "--port",
        str(port),
        "--blocking-threads",
        str(ORM_THREADS),
        "--no-access-log",
        "--log-level",
        "error",
    ]
    os.execv(command[0], [*command, *options])  # noqa: S606 - it is told to stop by its own process id


def _lane() -> Lane:
    checks = Checks(ring(), clock.zone(), most_of_venue=12_000, remote_metres=1000)
    return Lane(here().database.dsn("superuser"), checks)


async def _no_facts(_connection: object, _people: object) -> dict[UUID, PassFacts]:
    raise AssertionError("nothing is read")


class _Nowhere(Writer):
    async def _settle(self, waiting: Sequence[tuple[CheckIn, asyncio.Future[Kept | None]]]) -> None:
        at = clock.now()
        for one, answer in waiting:
            answer.set_result(Kept(one.digest, at, is_new=True))


class _NoFacts(Looker):
    async def _settle(self, people: Sequence[UUID]) -> None:
        for person_id in people:
            self._looks[person_id].set_result(NO_FACTS)
