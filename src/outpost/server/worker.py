"""A job worker: `python -m outpost.server.worker [queue …]`, of all queues when none is named. Stops after the running
jobs on SIGTERM or Ctrl-C."""

import asyncio
import importlib
import logging
import sys
from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.utils import connector_params

from outpost.core.db import GONE
from outpost.core.logs import one_line
from outpost.core.queues import QUEUES
from outpost.server.django import set_up

CONCURRENCY = 2
GRACE_SECONDS = 20.0
"""How long running jobs may take after the stop; those cut off are run again (`outpost.server.jobs`)."""
CONNECTION_SECONDS = 5.0
"""How long to wait for a connection: a database that is gone must not hold up the stop."""


async def work(app: App, *, queues: Sequence[str] = (), until_empty: bool = False) -> None:
    """Run the jobs of these queues (all of them when none is named) until stopped, or until no job is waiting."""
    async with app.open_async():
        await app.run_worker_async(
            name="outpost",
            queues=list(queues or QUEUES),
            concurrency=CONCURRENCY,
            wait=not until_empty,
            shutdown_graceful_timeout=GRACE_SECONDS,
        )


def main() -> None:
    """Set Django up and work on a connection of our own: LISTEN does not go through Django's."""
    set_up()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    importlib.import_module("outpost.server.jobs")
    connector = PsycopgConnector(kwargs=connector_params(DEFAULT_DB_ALIAS), timeout=CONNECTION_SECONDS)
    try:
        with jobs.replace_connector(connector) as app:
            asyncio.run(work(app, queues=sys.argv[1:]))
    except GONE as error:
        logging.getLogger("outpost.worker").error("the database does not answer (%s)", one_line(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
