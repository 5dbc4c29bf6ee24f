"""`outpost keys rotate`: a new sealing key, and everything sealed anew with it."""

from dataclasses import asdict
from pathlib import Path

import click
from django.conf import settings
from django.utils.translation import gettext as _

from outpost.commands.base import DONE, REFUSED, Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock, crypto
from outpost.people import rotation
from outpost.people.keys import confirm_copies


@click.group()
def keys() -> None:
    """The key file."""


@keys.command()
@click.argument("copies", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1)
@database_command
def copied(call: Call, *, copies: tuple[Path, ...]) -> None:
    """Confirm that the safe copies of the key file are renewed. COPIES that are named are compared with it."""
    for path in copies:
        crypto.KeyRing.load(path).require_fit(crypto.ring().checks)
    confirm_copies(crypto.ring(), actor=OPERATOR, at=clock.now())
    call.answer({"copies": list(map(str, copies))}, _("Noted: the safe copies hold every key."))


@keys.command()
@click.option("--resume", is_flag=True, help="Go on with the newest key instead of making another.")
@database_command
def rotate(call: Call, *, resume: bool) -> int:
    """Begin a new sealing key and seal every identity anew. Pages go on meanwhile; may be stopped and resumed."""
    if not resume:
        version = rotation.start_new_key(actor=OPERATOR, at=clock.now())
        call.progress(_("New sealing key: version {version}").format(version=version))
        call.progress(
            _(
                "Safe copies of {path} made before now open nothing new. Renew each, then run: outpost keys copied COPY"
            ).format(path=settings.OUTPOST_KEY_FILE)
        )
    done = rotation.rotate_sealing(actor=OPERATOR, at=clock.now())
    text = _("{resealed} values sealed anew, {remaining} still under an older key.").format(**asdict(done))
    if done.remaining:
        text += " " + _("Run again: outpost keys rotate --resume")
    call.answer(asdict(done), text)
    return REFUSED if done.remaining else DONE
