"""`outpost lane`: the fast lane alone, beside the pages or on a machine of its own."""

import asyncio

import click
from django.db import connection

from outpost.commands.base import Call, command
from outpost.commands.database import require_ready
from outpost.config import env
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.ingest.app import Checks, Lane
from outpost.ingest.serving import serve
from outpost.server import network, prepared
from outpost.server.addresses import database_address
from outpost.server.django import use_database


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@command
def lane(call: Call, *, host: str, port: int) -> None:
    """Take in check-ins. SIGTERM stops it: what came in by then is written and answered first."""
    network.require_free_port(host, port)
    settings = env.load()
    with database_address(settings, call.data, role="lane") as address:
        require_ready(prepared.read_note(call.data), address)
        use_database(address)
        checks = Checks(ring(), clock.zone(), settings.most_of_venue, settings.remote_metres)
        connection.close()  # the writer has a connection of its own
        asyncio.run(serve(Lane(address, checks), host=host, port=port))
