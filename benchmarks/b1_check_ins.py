"""B1: check-ins over HTTP, durable when acknowledged, 256 connections held open by a process of their own.

The limit is the same application on the same server whose writer answers without a database. The peer, a view of Django
that inserts by the ORM, is not measured yet.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection

from benchmarks.harness import Result, here
from outpost.core import clock
from outpost.core.crypto import KeyRing, ring
from outpost.core.ids import new_id
from outpost.ingest.app import Checks, Lane
from outpost.ingest.serving import serve
from outpost.ingest.writer import Writer
from outpost.people.tokens import Holder, person_token
from outpost.regions.models import Region
from outpost.server.network import answers
from outpost.testing.network import free_port
from outpost.venues.codes import code_text
from outpost.venues.days import keep_days
from outpost.venues.models import Checkpoint, Kind, Venue, VenueCode
from outpost.venues.recording import CheckIn, Kept
from outpost.venues.services import ensure_kinds

CONNECTIONS = 256
VENUES = 600
REQUESTS = {False: 10_000, True: 200_000}
PATIENCE = 30.0


def run(*, full: bool) -> Iterable[Result]:
    """Make venues, then send the same number to the lane and to the lane without a database, in turn."""
    codes = _venues()
    keep_days(clock.local_day(clock.now()))
    count = REQUESTS[full]
    rates: dict[bool, list[float]] = {True: [], False: []}
    for has_database in (True, False) * 3:
        rates[has_database].append(_measured(codes, count, has_database=has_database))
    ours, limit = (sorted(rates[one])[1] for one in (True, False))
    yield Result("B1 check-ins over HTTP", "requests/s", count, ours=ours, limit=limit)


def _venues() -> list[str]:
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


def _measured(codes: Sequence[str], count: int, *, has_database: bool) -> float:
    """Requests a second that were answered 201."""
    port, spawn = free_port(), multiprocessing.get_context("fork")
    connection.close()
    server = spawn.Process(target=_serve, args=(port, has_database), daemon=True)
    server.start()
    while not answers("127.0.0.1", port, authority=None):
        time.sleep(0.05)
    time.sleep(1.0)  # the codes are read
    requests = _requests(ring(), codes, count)
    begun = time.perf_counter()
    good = asyncio.run(_send(port, requests))
    seconds = time.perf_counter() - begun
    os.kill(server.pid or 0, signal.SIGTERM)
    server.join(PATIENCE)
    if good != count:
        raise AssertionError(f"{good} of {count} were taken in")
    return count / seconds


def _serve(port: int, has_database: bool) -> None:
    lane = Lane(here().database.dsn("superuser"), Checks(ring(), clock.zone()))
    if not has_database:
        lane._writer = _Nowhere("", lane._write)  # noqa: SLF001 - what is measured against
    asyncio.run(serve(lane, host="127.0.0.1", port=port))


class _Nowhere(Writer):
    async def _settle(self, waiting: Sequence[tuple[CheckIn, asyncio.Future[Kept | None]]]) -> None:
        at = clock.now()
        for one, answer in waiting:
            answer.set_result(Kept(one.digest, at, is_new=True))


def _requests(keys: KeyRing, codes: Sequence[str], count: int) -> list[bytes]:
    now = datetime.now(UTC)
    made = []
    for number in range(count):
        body = json.dumps(
            {
                "id": str(uuid4()),
                "code": codes[number % len(codes)],
                "token": person_token(keys, Holder(new_id(), is_seen=False), issued_at=now),
                "occurred_at": now.isoformat(),
            }
        ).encode()
        head = f"POST /api/v1/check-ins HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


async def _send(port: int, requests: Sequence[bytes]) -> int:
    waiting = iter(requests)

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        good = 0
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            good += head.startswith(b"HTTP/1.1 201")
        writer.close()
        return good

    return sum(await asyncio.gather(*(client() for _ in range(CONNECTIONS))))
