"""The rights under which tables go out, their views, and how their rows are counted."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from outpost.access.actions import REVEAL
from outpost.exchange.kinds import View
from outpost.people.actions import SEE_OWN_STAFF
from outpost.people.rules import Purpose
from outpost.sentinel.actions import EXPORT_LEDGERS

EXPORT = EXPORT_LEDGERS
OWN = SEE_OWN_STAFF

PEOPLE = ngettext_lazy("{n} person", "{n} people", "n")
COMPANIES = ngettext_lazy("{n} organisation", "{n} organisations", "n")


def masked(name: str, label: str | Promise, button: str | Promise) -> View:
    """Identities masked."""
    return View(name, EXPORT, label, button, look=_("masked"))


def in_clear(name: str, label: str | Promise, button: str | Promise) -> View:
    """Identities in clear, for a stated purpose."""
    return View(
        name, REVEAL, label, button, look=_("in clear"), is_clear=True, purposes=dict(Purpose.choices())
    )


def masked_and_clear(name: str, label: str | Promise, clear_label: str | Promise) -> tuple[View, View]:
    """The two ways in which identities of others go out."""
    return (
        masked(name, label, _("Export, masked")),
        in_clear(f"{name}_in_clear", clear_label, _("Export in clear")),
    )
