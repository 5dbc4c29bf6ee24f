"""Looking for somebody by what is shown masked: each value is counted before it is looked for (`access.tries`)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from outpost.access import tries
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.masking import mask_document, mask_name, mask_phone
from outpost.core.phones import normalise_phone
from outpost.people.rules import normalise_name


def _number(text: str) -> str:
    return "".join(text.split()).upper()


_FORMS: Mapping[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "phone": (normalise_phone, mask_phone),
    "document": (_number, mask_document),
    "name": (normalise_name, mask_name),
}
"""By the name of a filter: what brings a value into its one form, and how it shows masked."""


def count_tries(values: Mapping[str, Any], action: str, *, actor: Actor, at: datetime) -> None:
    """Count the names, phones and documents among the values of a filter or form; what cannot be one finds nothing.

    Raises TRIES_USED_UP.
    """
    if not tries.sees_masks(actor, action):
        return
    for name, (normal, mask) in _FORMS.items():
        text = str(values.get(name) or "")
        try:
            value = normal(text) if text else ""
        except Refusal:
            continue
        if value:
            tries.try_one(f"{name}:{value}", mask(value), actor=actor, at=at)
