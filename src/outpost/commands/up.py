"""`outpost up`: everything in one process tree."""

from dataclasses import asdict

import click

from outpost.commands.base import Call, command
from outpost.server.faults import gettext_noop as _
from outpost.server.faults import translate
from outpost.server.up import Options, Ready, Supervisor


@click.command()
@click.option("--demo", "is_demo", is_flag=True, help="Load a made-up district first; print its sign-ins.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option(
    "--lane-port",
    default=0,
    type=click.IntRange(0, 65535),
    help="Port of the fast lane, on this machine; by default the one after --port, if it is free.",
)
@click.option("--https", "has_https", is_flag=True, help="Serve HTTPS with a certificate of our own.")
@command
def up(call: Call, *, is_demo: bool, host: str, port: int, lane_port: int, has_https: bool) -> None:
    """Run everything: database, pages, fast lane, job worker. Ctrl-C stops it all."""
    language = "en" if call.language == "en" else "zh"
    options = Options(
        call.data, host, port, is_demo=is_demo, has_https=has_https, lane_port=lane_port, language=language
    )
    Supervisor(options, tell=call.progress, announce=lambda ready: _announce(call, ready)).run()


def _announce(call: Call, ready: Ready) -> None:
    lines = [translate(_("Ready: {address} (Ctrl-C stops everything)"), call.language, address=ready.address)]
    if ready.authority:
        lines.append(
            translate(
                _("Install this certificate authority once on each device: {path}"),
                call.language,
                path=ready.authority,
            )
        )
    if ready.told:
        lines.append(ready.told)
    call.answer(asdict(ready), "\n".join(lines))
