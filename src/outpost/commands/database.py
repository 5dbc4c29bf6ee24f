"""Commands that talk to the database through Django."""

import functools
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import translation

from outpost.commands.base import Call, command
from outpost.config import env
from outpost.core.actor import Actor
from outpost.core.db import MAYBE_GONE, is_gone
from outpost.core.errors import Refusal
from outpost.core.known_keys import known_keys
from outpost.server import prepared, sessions, start_guards
from outpost.server.addresses import database_address
from outpost.server.django import use_database
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.provision import Role
from outpost.server.versions import require_not_newer

OPERATOR = Actor.system("command-line")
"""Who acts at the server's own terminal."""

_NOT_READY = _("The database is not ready for this version. Run: outpost init")


def database_command(
    function: Callable[..., int | None], *, role: Role = "application", must_be_ready: bool = True
) -> Callable[..., None]:
    """Run `function(call, **options)` with Django on the database, in the reader's language.

    The embedded server is started for the command when nothing else runs it. A database that `outpost init`
    has not made ready for this code is refused (unless `must_be_ready` is False). A Refusal of a service ends
    the command with its message and exit code 1.
    """

    @functools.wraps(function)
    def run(call: Call, **options: Any) -> int | None:
        note = prepared.read_note(call.data)
        if must_be_ready and note is None:
            raise ServerError(_NOT_READY)  # and leave an empty directory empty
        with database_address(env.load(), call.data, role=role) as address:
            if must_be_ready:
                require_ready(note, address)
            use_database(address)
            try:
                with translation.override("en" if call.language == "en" else "zh-hans"):
                    return _answered(function, call, options)
            finally:
                connection.close()

    return command(run)


def _answered(function: Callable[..., int | None], call: Call, options: dict[str, Any]) -> int | None:
    try:
        return function(call, **options)
    except Refusal as refusal:
        call.refuse(refusal.code, refusal.message)
    except MAYBE_GONE as error:
        if not is_gone(error):
            raise
        raise ServerError(sessions.NO_ANSWER, reason=sessions.one_line(error)) from error


def require_ready(note: prepared.Preparation | None, address: str) -> prepared.Preparation:
    """Give the note of a database that is ready for this code and was sealed with the keys of our key file.

    Raises ServerError for any other.
    """
    with sessions.connect(address) as session:
        if note is None or not prepared.is_ready(note, session):
            require_not_newer(session)
            raise ServerError(_NOT_READY)
        for reason in start_guards.secret_reasons(env.load(), known_keys(session)):
            raise reason
    return note
