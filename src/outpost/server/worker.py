"""The job worker: `python -m outpost.server.worker`. Stops after the running jobs on SIGTERM or Ctrl-C.

Each queue has places of its own, so that nothing long stands before what somebody waits for at a counter; one process
for all of them, since another would hold the whole product in memory once more.
"""

import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from django.db import DEFAULT_DB_ALIAS
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.utils import connector_params

from outpost.core.db import GONE
from outpost.core.logs import one_line
from outpost.core.queues import QUEUES
from outpost.server.django import set_up

CONCURRENCY = 2
"""Jobs of a queue that run at once."""
GRACE_SECONDS = 20.0
"""How long running jobs may take after the stop; those cut off are run again (`outpost.server.jobs`)."""
CONNECTIONS = len(QUEUES)
"""For the books of the queues, whose statements are short; each listens by one more, and jobs work by Django's."""
CONNECTION_SECONDS = 5.0
"""How long to wait for a connection: a database that is gone must not hold up the stop."""


async def work(app: App, *, until_empty: bool = False) -> None:
    """Run the jobs of all queues until cancelled, or until no job is waiting; those that run then may come to their
    end."""
    crews = [QUEUES] if until_empty else [(queue,) for queue in QUEUES]
    async with app.open_async():
        running = [asyncio.create_task(_crew(app, queues, waits=not until_empty)) for queues in crews]
        try:
            await asyncio.wait(
                running, return_when=asyncio.FIRST_COMPLETED
            )  # none goes on without the others
        finally:
            for one in running:
                one.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault


async def _crew(app: App, queues: Sequence[str], *, waits: bool) -> None:
    await app.run_worker_async(
        name="outpost",
        queues=list(queues),
        concurrency=CONCURRENCY,
        wait=waits,
        shutdown_graceful_timeout=GRACE_SECONDS,
        install_signal_handlers=False,
    )


async def _work_until_stopped(app: App) -> None:
    working = asyncio.ensure_future(work(app))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def main() -> None:
    """Set Django up and work on a connection of our own: LISTEN does not go through Django's."""
    set_up()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    importlib.import_module("outpost.server.jobs")
    connector = PsycopgConnector(
        kwargs=connector_params(DEFAULT_DB_ALIAS),
        timeout=CONNECTION_SECONDS,
        min_size=1,
        max_size=CONNECTIONS,
    )
    try:
        with jobs.replace_connector(connector) as app:
            asyncio.run(_work_until_stopped(app))
    except GONE as error:
        logging.getLogger("outpost.worker").error("the database does not answer (%s)", one_line(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
