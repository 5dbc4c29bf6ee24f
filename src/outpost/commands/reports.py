"""`outpost report …`: figures of the instruments, a command each."""

import click

from outpost.commands.place_reports import flow, site_people, sites, venue_report
from outpost.commands.sentinel_reports import compliance, tests, vaccination


@click.group()
def report() -> None:
    """Figures of the instruments."""


for command in (compliance, tests, vaccination, flow, venue_report, sites, site_people):
    report.add_command(command)
