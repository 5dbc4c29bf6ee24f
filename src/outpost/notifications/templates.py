"""What messages say. A message is stored as the name of one of these and its numbers, never as text."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEST = "notifications.test"
PASSCODE = "access.passcode"

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
    "exchange.export_held": _(
        "The export ({kind}) holds {rows} people in clear and waits for a second person, for 24 hours."
    ),
    "exchange.export_asks": _(
        "A colleague asks to export {rows} people in clear ({kind}). Look at the request, then agree or decline."
    ),
    "exchange.export_declined": _("The export ({kind}) was declined by the second person."),
    "exchange.export_refused": _("The export ({kind}) was refused. Open it to see why."),
    "access.wide_right_asked": _(
        "A right over other people's data, or the administration itself, was asked for. Another security administrator "
        "agrees or declines."
    ),
    "access.wide_right_agreed": _(
        "A right over other people's data, or the administration itself, was given on the word of two. The audit log "
        "says to whom; ask if you do not know why."
    ),
    "access.wide_right_alone": _(
        "A right of an officer over a bureau or a town was given by the only security administrator, without a second "
        "word. See the audit log."
    ),
    "access.wide_right_factor": _(
        "A security administrator reset the second factor of an account. The audit log says whose; ask its owner if "
        "you do not know why."
    ),
    "access.wide_right_declined": _("A right that waited was declined; nothing was given."),
    "notifications.channel_asked": _(
        "The channel {name}, by which sign-in codes go out, waits to be put on. A security administrator agrees or "
        "declines; whoever owns it can read the codes, so look at where it leads."
    ),
    "notifications.channel_agreed": _("The channel {name} is on: sign-in codes go out by it from now on."),
    "notifications.channel_declined": _("The channel {name} was declined and stays off."),
    TEST: _("This is a test. The channel works: messages of Outpost arrive here."),
    PASSCODE: _("{code} is your sign-in code for Outpost. Give it to nobody."),
}
_titles: dict[str, str | Promise] = {
    TEST: _("Test message"),
    PASSCODE: _("Sign-in code"),
}
DEFAULT_TITLE = _("Outpost: a message for you")


def register(
    templates: Mapping[str, str | Promise], titles: Mapping[str, str | Promise] | None = None
) -> None:
    """Add the messages of an instrument (`config.wiring`): name → text with `{named}` numbers.

    `titles` head those that are delivered outside; without one they are headed "a message for you".
    """
    _templates.update(templates)
    _titles.update(titles or {})


def text_of(name: str) -> str:
    """The text of a template in the reader's language. KeyError names a template that nobody registered."""
    return str(_templates[name])


def said(name: str, values: Mapping[str, Any]) -> str:
    """What a message says with its places filled in, in the reader's language: 1382 as 1,382, as everywhere."""
    shown = {key: f"{value:,}" if isinstance(value, int) else value for key, value in values.items()}
    return text_of(name).format(**shown)


def places_of(name: str) -> set[str]:
    """What is filled in into it, by name."""
    return {place for _text, place, _spec, _conversion in Formatter().parse(text_of(name)) if place}


def title_of(name: str) -> str:
    """What heads a message outside: the title of a card, the subject of a letter."""
    return str(_titles.get(name, DEFAULT_TITLE))


def all_texts() -> list[tuple[str, str]]:
    """Every message by name with its text, places to fill in as they are: for who maps them to a provider's."""
    return [(name, str(text)) for name, text in sorted(_templates.items())]


def is_known(name: str) -> bool:
    """Whether a message may be sent by this name."""
    return name in _templates
