"""How the lane listens and stops: in one process, on one loop with its writer.

Asked to stop it refuses what comes anew, and answers what it has taken in; then it goes.
"""

import asyncio
import os
import signal
import sys
from typing import NoReturn

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from outpost.ingest.app import Lane

BACKLOG = 1024
STOP_PATIENCE = 5.0
"""Seconds for what was taken in; what is not written by then was never acknowledged."""


async def serve(lane: Lane, *, host: str, port: int) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process."""
    server = Server(
        lane,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        websockets=False,
        backlog=BACKLOG,
        log_level=LogLevels.warning,
    )
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    async with lane.working():
        serving = loop.create_task(server.serve())
        await asked.wait()
        await lane.drained(STOP_PATIENCE)
        server.stop()  # type: ignore[no-untyped-call]  # it comes without types
        await serving
    # Threads of granian may still hold the connections of those who were refused, and would meet an interpreter that
    # is going: seen as an abort in every third stop. Everything is written and answered, so the process simply ends.
    sys.stdout.flush()
    os._exit(0)
