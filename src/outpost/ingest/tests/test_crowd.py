"""More who call at once than the lane works on: the rest are refused at once, unread, and told when to come again."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from outpost.core import clock
from outpost.core.crypto import KeyRing
from outpost.ingest.answers import CHECK_INS, PASS
from outpost.ingest.app import MOST_AT_WORK, Checks, Lane
from outpost.ingest.writer import A_TURN, Writer


class Unread:
    """A caller whose body is not to be read."""

    def __init__(self) -> None:
        self.answer: tuple[int, dict[str, str], bytes] | None = None

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answer = (status, dict(headers), body)


def called(path: str, at_work: int, language: str = "zh-CN") -> tuple[int, dict[str, str], bytes]:
    checks = Checks(KeyRing.generate(), clock.zone(), most_of_venue=100, remote_metres=1000)
    lane, caller = Lane("", checks), Unread()
    lane._answering = at_work
    scope: Any = SimpleNamespace(path=path, method="POST", headers={"accept-language": language})
    protocol: Any = caller
    asyncio.run(lane.__rsgi__(scope, protocol))
    assert caller.answer is not None
    return caller.answer


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("path", "code"), [(CHECK_INS, "ingest.busy"), (PASS, "ingest.busy_pass")])
def test_who_comes_beyond_what_is_worked_on_is_refused_unread(path: str, code: str) -> None:
    status, headers, body = called(path, MOST_AT_WORK)
    assert (status, headers["retry-after"], json.loads(body)["error"]) == (503, "1", code)
    english = json.loads(called(path, MOST_AT_WORK, "en-GB")[2])["message"]
    assert english != json.loads(body)["message"]


def test_the_last_who_has_room_is_read_and_the_watch_is_always_answered() -> None:
    assert called(CHECK_INS, MOST_AT_WORK - 1)[0] == 413  # it states no length
    assert called("/healthz", MOST_AT_WORK)[0] == 200


@pytest.mark.promise("P1")
def test_who_calls_while_many_are_answered_is_heard_between() -> None:
    """Whoever is looked after by the same loop gets a turn after so many answers at most."""
    seen = asyncio.run(_answers_by_turns(A_TURN * 3 + 1))
    assert sum(seen) == A_TURN * 3 + 1
    assert max(seen) == A_TURN


async def _answers_by_turns(count: int) -> list[int]:
    async def nothing(*_given: Any) -> dict[Any, Any]:
        return {}

    async def connected() -> None:
        return None

    made = Writer("", nothing)
    line: Any = SimpleNamespace(get=connected)
    made._line = line
    callers: list[Any] = [SimpleNamespace(id=uuid4()) for _ in range(count)]
    waiting = [asyncio.ensure_future(made.put(one)) for one in callers]
    await asyncio.sleep(0)
    work, done, seen = asyncio.ensure_future(made.run()), 0, []
    while done < count:
        await asyncio.sleep(0)
        now = sum(one.done() for one in waiting)
        seen.append(now - done)
        done = now
    work.cancel()
    return seen
