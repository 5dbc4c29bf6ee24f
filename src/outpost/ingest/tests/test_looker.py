"""Looking up passes: one statement for all who wait, one a while for each person, and no wait for an outage."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.ingest.looker import Looker
from outpost.ingest.writer import BusyError

pytestmark = pytest.mark.rules


class Counted(Looker):
    """Reads from nowhere, and notes of whom."""

    def __init__(self, *, fails: int = 0) -> None:
        super().__init__("", self._note)
        self._fails = fails
        self._line = self  # type: ignore[assignment]  # no connection is made
        self.reads: list[Sequence[UUID]] = []

    async def get(self) -> Any:
        await asyncio.sleep(0)

    async def close(self) -> None:
        pass

    async def _note(self, _connection: Any, people: Sequence[UUID]) -> dict[UUID, PassFacts]:
        self.reads.append(people)
        if len(self.reads) <= self._fails:
            raise psycopg.OperationalError
        return {}


def looked_up(looker: Looker, *rounds: Sequence[UUID]) -> list[list[Any]]:
    """What each of these looks gives, those of a round all at once."""

    async def look() -> list[list[Any]]:
        working = asyncio.create_task(looker.run())
        found = [await asyncio.gather(*map(looker.facts, one), return_exceptions=True) for one in rounds]
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return found

    return asyncio.run(look())


def test_who_refreshes_all_the_time_is_read_once() -> None:
    looker, person = Counted(), uuid4()
    assert looked_up(looker, [person] * 100) == [[NO_FACTS] * 100]
    assert looker.reads == [[person]]


def test_all_who_wait_are_read_together() -> None:
    looker, people = Counted(), [uuid4() for _ in range(100)]
    assert looked_up(looker, people) == [[NO_FACTS] * 100]
    assert looker.reads == [people]


def test_an_outage_is_told_at_once_and_the_next_look_reads_again() -> None:
    looker, person = Counted(fails=1), uuid4()
    refused, found = looked_up(looker, [person, person], [person])
    assert ([type(one) for one in refused], found) == ([BusyError] * 2, [NO_FACTS])
    assert len(looker.reads) == 2
