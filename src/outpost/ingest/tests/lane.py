"""A lane of its own: an installation with two venues, a process that listens, and people who check in."""

import asyncio
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from outpost.core.crypto import KeyRing
from outpost.people.tokens import Holder, person_token
from outpost.server.embedded import EmbeddedPostgres
from outpost.testing.network import free_port
from outpost.testing.prepared import environment

Answer = tuple[int, dict[str, Any]]
PATIENCE = 30.0


def outpost(data: Path, *arguments: str) -> dict[str, Any]:
    """What a command answers."""
    command = [sys.executable, "-m", "outpost.cli", *arguments, "--data", str(data), "--json"]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True)
    return dict(json.loads(done.stdout))


class Site:
    """An installation whose lane can be killed, and its database taken away."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = EmbeddedPostgres(data)
        self.keys = KeyRing.load(data / "keys.json")
        self.port = free_port()
        self.lane: subprocess.Popen[bytes] | None = None

    def codes(self, out: Path) -> dict[tuple[str, str], str]:
        """The codes of all checkpoints, as the command writes them for posters."""
        outpost(self.data, "venues", "codes", "--out", str(out))
        with out.open(encoding="utf-8-sig", newline="") as file:
            return {(row["场所名称"], row["检测点"]): row["code"] for row in csv.DictReader(file)}

    def start(self, **changes: str) -> None:
        """Start the lane with these settings, and wait until it answers."""
        command = [sys.executable, "-m", "outpost.cli", "lane", "--port", str(self.port)]
        self.lane = subprocess.Popen([*command, "--data", str(self.data)], env=environment(**changes))
        self.until(422, {"id": "none"})

    def stop(self) -> int:
        """End the lane as an operator does; its exit code."""
        assert self.lane is not None
        self.lane.terminate()
        return self.lane.wait(PATIENCE)

    def until(self, status: int, body: dict[str, Any]) -> dict[str, Any]:
        """Send until it is answered so."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(self.address, json=body)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == status:
                return dict(answer.json())
            time.sleep(0.05)
        raise AssertionError(f"no {status} came")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/check-ins"

    def stated(self, code: str, /, **changes: Any) -> dict[str, Any]:
        """A check-in of somebody new, now."""
        now = datetime.now(UTC)
        token = self.token(uuid4())
        return {"id": str(uuid4()), "code": code, "token": token, "occurred_at": now.isoformat()} | changes

    def token(
        self,
        person: UUID,
        *,
        age: timedelta = timedelta(0),
        keys: KeyRing | None = None,
        is_seen: bool = False,
    ) -> str:
        return person_token(
            keys or self.keys, Holder(person, is_seen, "甄*", "1234"), issued_at=datetime.now(UTC) - age
        )

    def send(
        self, bodies: Iterable[dict[str, Any]], *, act: Callable[[], None] | None = None, after: int = 0
    ) -> list[Answer]:
        """Send all at once, and act when so many are answered; the answers in their order, status 0 for none."""
        return asyncio.run(self._send(list(bodies), act, after))

    async def _send(
        self, bodies: Sequence[dict[str, Any]], act: Callable[[], None] | None, after: int
    ) -> list[Answer]:
        answered = count(1)
        limits = httpx.Limits(max_connections=32)
        async with httpx.AsyncClient(limits=limits, timeout=PATIENCE) as client:

            async def one(body: dict[str, Any]) -> Answer:
                try:
                    answer = await client.post(self.address, json=body)
                except httpx.TransportError:
                    return 0, {}
                if next(answered) == after and act is not None:
                    act()
                return answer.status_code, answer.json()

            return list(await asyncio.gather(*map(one, bodies)))

    def passed(self, token: str, *, language: str = "zh-CN") -> Answer:
        """What the lane says of one's own pass."""
        headers = {"authorization": f"Bearer {token}", "accept-language": language}
        answer = httpx.get(self.address.replace("check-ins", "pass"), headers=headers, timeout=PATIENCE)
        return answer.status_code, answer.json()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.dsn("superuser", database="outpost"), autocommit=True) as session:
            return session.execute(statement, values).fetchall()

    def do(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.server.dsn("superuser", database="outpost"), autocommit=True) as session:
            session.execute(statement, values or None)
