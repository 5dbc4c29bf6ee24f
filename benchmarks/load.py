"""HTTP/1.1 load over connections that are held open: as fast as they are answered, or at a set pace (open loop)."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

CONNECTIONS = 256
BUSY = frozenset({429, 503})
T = TypeVar("T")


class _Line(asyncio.Protocol):
    """One connection: a request, its answer, the next; opened anew when the server has hung up, as a browser does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answer: asyncio.Future[int] | None = None
        self._seen = b""
        self._transport: asyncio.WriteTransport | None = None

    async def open(self) -> None:
        """Connect."""
        self._seen = b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, ends, body = self._seen.partition(b"\r\n\r\n")
        if not ends or self._answer is None:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._seen = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError(error))

    async def send(self, request: bytes) -> int:
        """Send it, again on a new connection where the one it went by was closed; the status of its answer."""
        while True:
            assert self._transport is not None
            if self._transport.is_closing():
                await self.open()
            self._answer = asyncio.get_running_loop().create_future()
            self._transport.write(request)
            with suppress(ConnectionResetError):
                return await self._answer

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()


@dataclass
class Paced:
    """What an open loop saw: seconds from the instant at which a request was due until it was taken in at last
    (`taken`) and until each refusal (`refused`, from when it was sent); how many were never taken in."""

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lost: int = 0


def as_fast_as_answered(port: int, requests: Sequence[bytes]) -> tuple[float, Counter[int]]:
    """All of them, the next on each connection once the last was answered: answers a second, and how many of which
    status."""

    async def work() -> tuple[float, Counter[int]]:
        begun = time.perf_counter()
        lines, waiting, seen = await _lines(port), iter(requests), Counter[int]()

        async def one(line: _Line) -> None:
            for request in waiting:
                seen[await line.send(request)] += 1
            line.close()

        await asyncio.gather(*map(one, lines))
        return len(requests) / (time.perf_counter() - begun), seen

    return _measured(work())


def at_a_pace(
    port: int,
    requests: Sequence[bytes],
    *,
    a_second: float,
    patience: float,
    pause: Callable[[int], float],
    connections: int = CONNECTIONS,
) -> Paced:
    """Each due at its time, whatever became of those before. Who is refused tries again `pause(tries)` seconds later,
    for `patience` seconds from when it was due."""

    async def work() -> Paced:
        free: asyncio.Queue[_Line] = asyncio.Queue()
        for line in await _lines(port, connections):
            free.put_nowait(line)
        loop, paced = asyncio.get_running_loop(), Paced()
        begun = loop.time() + 0.1

        async def one(due: float, request: bytes) -> None:
            tries = 0
            while loop.time() < due + patience:
                line = await free.get()
                sent = loop.time()
                status = await line.send(request)
                free.put_nowait(line)
                if status not in BUSY:
                    paced.taken.append(loop.time() - due)
                    return
                paced.refused.append(loop.time() - sent)
                tries += 1
                await asyncio.sleep(pause(tries))
            paced.lost += 1

        async with asyncio.TaskGroup() as under_way:
            for number, request in enumerate(requests):
                due = begun + number / a_second
                await asyncio.sleep(due - loop.time())
                under_way.create_task(one(due, request))
        while not free.empty():
            free.get_nowait().close()
        return paced

    return _measured(work())


def a_crowd(
    port: int, requests: Sequence[bytes], *, seconds: float, pause: Callable[[int], float], connections: int
) -> tuple[int, int]:
    """So many who always want something, for so long: who is refused tries again after `pause(tries)`, who was taken in
    is followed by the next. How many were taken in, and refused."""

    async def work() -> Counter[bool]:
        lines, waiting, seen = await _lines(port, connections), iter(requests), Counter[bool]()
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds

        async def one(line: _Line) -> None:
            tries = 0
            while loop.time() < ends and (request := next(waiting, None)) is not None:
                while loop.time() < ends and await line.send(request) in BUSY:
                    seen[False] += 1
                    tries += 1
                    await asyncio.sleep(pause(tries))
                seen[True] += loop.time() < ends
                tries = 0
            line.close()

        await asyncio.gather(*map(one, lines))
        return seen

    seen = _measured(work())
    return seen[True], seen[False]


def _measured(work: Coroutine[Any, Any, T]) -> T:
    """Run it. What is in memory by then is not looked through for garbage meanwhile: each time it would hold up all
    clients at once, and be measured as the server's."""
    gc.collect()
    gc.freeze()
    try:
        return asyncio.run(work)
    finally:
        gc.unfreeze()


async def _lines(port: int, count: int = CONNECTIONS) -> list[_Line]:
    lines = [_Line(port) for _ in range(count)]
    await asyncio.gather(*(line.open() for line in lines))
    return lines


def percentile(seconds: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of them lie."""
    return sorted(seconds)[min(int(len(seconds) * part), len(seconds) - 1)]


def in_turn(count: int, work: Sequence[Callable[[], float]]) -> Iterator[float]:
    """The median of each of several measurements that are made `count` times in turn."""
    seen: list[list[float]] = [[] for _ in work]
    for _ in range(count):
        for place, one in enumerate(work):
            seen[place].append(one())
    return (sorted(one)[count // 2] for one in seen)
