"""Which approved template of a provider says which of our messages: providers send no free text."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from outpost.notifications.channels.base import Field, Letter

TEMPLATES = Field(
    "templates",
    _("Approved templates"),
    "lines",
    hint=_(
        "One a line: our message = the provider's template, then the values that it takes in their order, such as"
        " “access.passcode = SMS_123456 code”. A message without a line is not sent by SMS."
    ),
)


@dataclass(frozen=True, slots=True)
class Approved:
    """A provider's template with the values that fill it, in order."""

    code: str
    values: tuple[tuple[str, str], ...]


def approved(lines: str, letter: Letter) -> Approved | None:
    """The line for this message; None when there is none or it asks for a value that the message lacks."""
    for line in lines.splitlines():
        name, equals, rest = line.partition("=")
        words = rest.split()
        if not equals or name.strip() != letter.template or not words:
            continue
        code, *names = words
        if all(key in letter.values for key in names):
            return Approved(code, tuple((key, letter.values[key]) for key in names))
    return None
