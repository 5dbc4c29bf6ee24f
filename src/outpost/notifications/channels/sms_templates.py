"""Which approved template of a provider says which of our messages: providers send no free text."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from outpost.notifications.channels.base import Field, Letter

TEMPLATES = Field(
    "templates",
    _("Approved templates"),
    "lines",
    hint=_(
        "The provider's template for each message, then the values that it takes in their order, such as “SMS_123456 "
        "code”. A message without one is not sent by SMS."
    ),
)


def stated(lines: str) -> dict[str, str]:
    """What is said of each of our messages, as the setting keeps it: a line each, "message = template values"."""
    pairs = [line.partition("=") for line in lines.splitlines()]
    return {name.strip(): rest.strip() for name, _equals, rest in reversed(pairs) if rest.strip()}


def kept(by_message: Mapping[str, str]) -> str:
    """The setting of what is said of each message; `stated` reads it."""
    return "\n".join(f"{name} = {rest}" for name, rest in by_message.items() if rest)


OF_MESSAGE = "template_of:"
"""Before the name of a message: the input of its template."""


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
