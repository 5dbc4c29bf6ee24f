"""What messages say. A message is stored as the name of one of these and its numbers, never as text."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_templates: dict[str, str | Promise] = {
    "exchange.import_checked": _(
        "The file ({kind}) has been checked: {new} new, {replaced} replaced, {unchanged} unchanged, {rejected} "
        "rejected rows. Look at the summary and confirm it, or nothing is taken over."
    ),
    "exchange.import_applied": _(
        "The import ({kind}) is done: {new} new, {replaced} replaced, {unchanged} unchanged, {rejected} rejected rows."
    ),
    "exchange.import_undone": _(
        "The import ({kind}) has been taken back. {kept} rows that were changed since stay as they are."
    ),
    "exchange.import_refused": _(
        "The import ({kind}) was refused; nothing was taken over. Open it to see why."
    ),
    "exchange.import_failed": _(
        "The work on the import ({kind}) was broken off by a fault. Open it to go on."
    ),
    "exchange.export_ready": _(
        "The export ({kind}) is ready: {rows} rows. It can be downloaded for 24 hours."
    ),
    "exchange.export_refused": _("The export ({kind}) was refused. Open it to see why."),
}


def register(templates: Mapping[str, str | Promise]) -> None:
    """Add the messages of an instrument (`config.wiring`): name → text with `{named}` numbers."""
    _templates.update(templates)


def text_of(name: str) -> str:
    """The text of a template in the reader's language. KeyError names a template that nobody registered."""
    return str(_templates[name])


def is_known(name: str) -> bool:
    """Whether a message may be sent by this name."""
    return name in _templates
