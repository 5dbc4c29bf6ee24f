"""The files that a page offers: the kinds of its list, in the views that the reader may have."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from outpost.core.actor import Actor
from outpost.exchange import registry

Offer = tuple[str | Promise, str]
"""How the button is called, and its address."""


def exports_for(
    actor: Actor, page: str, parameters: Mapping[str, Any], *, is_first_only: bool = False
) -> list[Offer]:
    """The files of a list as it is filtered; `parameters` that are empty are left out.

    `is_first_only`: whoever has a view before another needs no further one (a principal, no masked list of their own).
    """
    asked = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
    allowed = [kind for kind in registry.export_kinds() if kind.page == page and actor.may(kind.action)]
    return [
        (kind.view.button, reverse("exchange:new_export", args=[kind.name]) + (f"?{asked}" if asked else ""))
        for kind in allowed[: 1 if is_first_only else None]
    ]
