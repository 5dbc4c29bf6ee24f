"""`outpost keys rotate`: a new sealing key, and everything sealed anew with it."""

from dataclasses import asdict

import click
from django.utils.translation import gettext as _

from outpost.commands.base import DONE, REFUSED, Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.people import rotation

OPERATOR = Actor.system("command-line")


@click.group()
def keys() -> None:
    """The key file."""


@keys.command()
@click.option("--resume", is_flag=True, help="Go on with the newest key instead of making another.")
@database_command
def rotate(call: Call, *, resume: bool) -> int:
    """Begin a new sealing key and seal every identity anew. Pages go on meanwhile; may be stopped and resumed."""
    if not resume:
        version = rotation.start_new_key(actor=OPERATOR, at=clock.now())
        call.progress(_("New sealing key: version {version}").format(version=version))
    done = rotation.rotate_sealing(actor=OPERATOR, at=clock.now())
    text = _("{resealed} values sealed anew, {remaining} still under an older key.").format(**asdict(done))
    if done.remaining:
        text += " " + _("Run again: outpost keys rotate --resume")
    call.answer(asdict(done), text)
    return REFUSED if done.remaining else DONE
