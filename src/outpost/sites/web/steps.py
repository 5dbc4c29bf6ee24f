"""The way to a page of a contract, drawn above its heading."""

from django.urls import reverse
from django.utils.translation import gettext as _

from outpost.sites.models import Contract, Registration
from outpost.sites.queries.people import name_of


def step(contract: Contract) -> dict[str, str]:
    """To the contract itself."""
    return {"url": reverse("sites:contract", args=[contract.id]), "label": contract.number}


def trail_of(contract: Contract) -> list[dict[str, str]]:
    """To a page below the people of a contract."""
    return [
        step(contract),
        {"url": reverse("sites:registrations", args=[contract.id]), "label": _("Pre-registration")},
    ]


def trail_to(found: Registration) -> list[dict[str, str]]:
    """To a page about one person of it, who is named by it."""
    person = {"url": reverse("sites:person", args=[found.id]), "label": name_of(found)}
    return [*trail_of(found.contract), person]
