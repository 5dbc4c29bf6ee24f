"""The `outpost` command: one table of commands, each imported when it is used."""

import importlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from outpost.commands.base import prepare_call


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """Where a command lives ("module:name" below outpost.commands), what it does, whether it needs Django."""

    target: str
    help: str
    needs_django: bool = True


COMMANDS: dict[str, CommandEntry] = {
    "up": CommandEntry("up:up", "Run everything: database, web, job worker.", needs_django=False),
    "init": CommandEntry("init:init", "Make this installation ready."),
    "doctor": CommandEntry("doctor:doctor", "Check this installation and say how to mend it."),
    "import": CommandEntry(
        "imports:import_group", "Take a file over: organizations, staff, tests, vaccinations, venues, visits."
    ),
    "category": CommandEntry("sentinel:category", "Sentinel categories: set, list."),
    "nightly": CommandEntry("sentinel:nightly", "Match all staff against their rules for a day."),
    "venues": CommandEntry("venues:venues", "Venues: codes for posters."),
    "arrivals": CommandEntry("arrivals:arrivals", "The feed of pre-registrations to public security."),
    "lane": CommandEntry("lane:lane", "The fast lane alone: takes in check-ins."),
    "report": CommandEntry("reports:report", "Figures: compliance, tests, vaccination, flow, venues."),
    "trace": CommandEntry("trace:trace", "Searches for a case: co-presence."),
    "token": CommandEntry("access:token", "Tokens of machines: create, revoke."),
    "user": CommandEntry("access:user", "Accounts of officers: create, grant, disable, reset-password."),
    "keys": CommandEntry("keys:keys", "The key file: rotate the sealing key, confirm its safe copies."),
    "backup": CommandEntry("backup:backup", "Write a backup file, or try one out (--verify)."),
    "restore": CommandEntry(
        "backup:restore", "Take a backup, or the second copy (--copy), over into an empty installation."
    ),
    "audit": CommandEntry("audit:audit", "The audit trail: verify."),
    "purge": CommandEntry(
        "purge:purge", "Remove what is past its time, erase it from the disk, sign what went."
    ),
    "end-event": CommandEntry(
        "purge:end_event", "End the event: remove its data at once, with a certificate."
    ),
    "version": CommandEntry("version:version", "Print versions.", needs_django=False),
}


class LazyGroup(click.Group):
    """A group that imports a command's file when that command is used: `outpost up` never imports Django."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.needs_django:
            importlib.import_module("outpost.server.django").set_up()
        module, _, name = entry.target.partition(":")
        found = getattr(importlib.import_module(f"outpost.commands.{module}"), name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{entry.target} is no click command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup)
def outpost() -> None:
    """Outpost 哨点: run a district's outbreak response from one self-hosted system."""


def main() -> None:
    """Enter here: settle the data directory (Django's settings depend on it), then let click do its work."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    prepare_call(_data_directory(sys.argv[1:]))
    outpost(prog_name="outpost")


def _data_directory(arguments: Sequence[str]) -> Path | None:
    for position, argument in enumerate(arguments):
        if argument == "--data" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
        if argument.startswith("--data="):
            return Path(argument.removeprefix("--data="))
    return None


if __name__ == "__main__":
    main()
