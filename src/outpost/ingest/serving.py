"""How the lane listens and stops: in one process, on one loop with its writer.

Asked to stop it refuses what comes anew, and answers what it has taken in; then it goes.
"""

import asyncio
import gc
import os
import resource
import signal
import sys
from typing import NoReturn

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from outpost.ingest.app import Lane

BACKLOG = 4096
CONNECTIONS = 10_000
"""More than the writer's queue holds: whoever is too much is told so at once, and does not wait for being heard."""
OTHER_FILES = 100
SWITCH_AFTER = 0.001
"""Seconds after which the loop lets the server's own thread hand it another call: by the usual five, calls that are to
be refused queue up unseen behind those that are worked on."""
STOP_PATIENCE = 5.0
"""Seconds for what was taken in; what is not written by then was never acknowledged."""


async def serve(lane: Lane, *, host: str, port: int) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process."""
    sys.setswitchinterval(SWITCH_AFTER)
    gc.collect()
    gc.freeze()  # each full collection would walk all that was imported: seen to hold everybody up for 130 ms
    server = Server(
        lane,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        websockets=False,
        backlog=BACKLOG,
        backpressure=_connections(),
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


def _connections() -> int:
    """How many may be open at once: as far as the system gives files for them."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = (
        CONNECTIONS + OTHER_FILES if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + OTHER_FILES)
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files - OTHER_FILES
