"""`outpost init`: database, migrations, keys, what every district starts with."""

from functools import partial

import click
from django.db import connection

from outpost.commands.base import Call
from outpost.commands.database import database_command
from outpost.config import env
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.demo import district, nine_oclock, sign_ins, site_people, sites, venues
from outpost.server import prepared
from outpost.server.faults import gettext_noop as _
from outpost.server.faults import translate
from outpost.server.initialise import Setup, initialise


@click.command()
@click.option("--region", metavar="CODE", help="District, by its GB/T 2260 code (440115).")
@partial(database_command, role="owner", must_be_ready=False)
def init(call: Call, *, region: str | None) -> None:
    """Make this installation ready. Asks nothing, harmless to repeat."""
    settings = env.load()
    note = prepared.read_note(call.data)
    chosen = region or (note.region if note else settings.region)
    setup = Setup(settings, chosen, Actor.system("command.init"), clock.now())
    told = initialise(setup, progress=lambda step: call.progress(f"init: {step}"))
    is_demo = settings.is_demo or (note is not None and note.is_demo)
    if is_demo:
        told |= _load_demo(call, chosen, note)
    connection.ensure_connection()
    prepared.write_note(call.data, connection=connection.connection, region=chosen, is_demo=is_demo)
    call.answer(told, "\n".join(f"{name}: {value}" for name, value in told.items()))


def _load_demo(call: Call, region: str, note: prepared.Preparation | None) -> dict[str, str]:
    """Load the made-up district once; tell how to come in as each role.

    A load that was cut off is begun anew: what is there already stays as it is.
    """
    if not sign_ins.is_made(call.data):
        if note is not None and note.is_demo:
            text = _("{directory} holds a made-up district that was not loaded to its end. The load goes on.")
            call.progress(translate(text, call.language, directory=call.data))
        prepared.note_demo(call.data, region=region)
        bodies = district.load_district(call.data / "demo", at=clock.now(), progress=call.progress)
        venues.load_venues(call.data / "demo", at=clock.now(), progress=call.progress)
        sites.load_sites(call.data / "demo", at=clock.now(), progress=call.progress)
        site_people.load_site_people(call.data / "demo", at=clock.now(), progress=call.progress)
        made = sign_ins.make_sign_ins(region, bodies, actor=district.ACTOR, at=clock.now())
        nine_oclock.tell(actor=district.ACTOR, at=clock.now())
        sign_ins.note_sign_ins(call.data, made)
    return {
        f"{one.role} ({one.name})": f"{one.user} / {one.password or 'SMS'}"
        for one in sign_ins.read_sign_ins(call.data)
    }
