"""The rights under which tables go out, and the view that asks for a purpose."""

from django.utils.functional import Promise

from outpost.access.actions import REVEAL
from outpost.exchange.kinds import View
from outpost.people.actions import SEE_OWN_STAFF
from outpost.people.rules import Purpose
from outpost.sentinel.actions import EXPORT_LEDGERS

EXPORT = EXPORT_LEDGERS
OWN = SEE_OWN_STAFF


def in_clear(name: str, label: str | Promise, button: str | Promise) -> View:
    """Identities in clear, for a stated purpose."""
    return View(name, REVEAL, label, button, is_clear=True, purposes=dict(Purpose.choices()))
