"""The rights under which tables go out, and the view that asks for a purpose."""

from django.utils.functional import Promise

from outpost.exchange.kinds import View
from outpost.people.rules import Purpose

EXPORT, REVEAL, OWN = "sentinel.export", "people.reveal", "people.see_own_staff"


def in_clear(name: str, label: str | Promise, button: str | Promise) -> View:
    """Identities in clear, for a stated purpose."""
    return View(name, REVEAL, label, button, is_clear=True, purposes=dict(Purpose.choices()))
