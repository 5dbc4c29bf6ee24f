"""The page of an import leads to the list of its rows, of every kind that has one, within the reader's reach alone."""

import pytest
from django.urls import reverse

from outpost.exchange.models import Import
from outpost.exchange.queries import list_url
from outpost.sentinel.tests.pages import browser
from outpost.sites.tests.ledger import FAR_TOWN, bring, brought, contract_row
from outpost.testing.cast import NOON, Cast
from outpost.venues.models import Venue
from outpost.venues.tests.ledger import bring as bring_venues
from outpost.venues.tests.ledger import venue_row

pytestmark = pytest.mark.django_db


def task(kind: str, **params: str) -> Import:
    return Import(kind=kind, params=params, size=1, limit_bytes=1, created_at=NOON, step_started_at=NOON)


def test_each_kind_has_its_list(cast: Cast) -> None:
    command = cast.actor("command")
    (contract,) = brought(contract_row(1), actor=command)
    bring_venues(venue_row(1), actor=command)
    people = reverse("sites:registrations", args=[contract.id])
    lists = {
        "sites.contracts": ({}, reverse("sites:supervision")),
        "sites.registrations": ({"contract": "HT0001"}, people),
        "sites.daily_health": ({"contract": "HT0001"}, people),
        "sites.entries": ({"contract": "HT0001"}, people),
        "sites.families": ({"contract": "HT0001"}, reverse("sites:contract_family", args=[contract.id])),
        "sentinel.staff": ({"category": "cast-cold"}, reverse("sentinel:staff") + "?category=cast-cold"),
        "sentinel.organizations": (
            {"category": "cast-cold"},
            reverse("sentinel:organizations") + "?category=cast-cold",
        ),
        "venues.venues": ({}, reverse("venues:venues")),
        "venues.visits": (
            {"venue": str((venue := Venue.objects.get()).id)},
            reverse("venues:check_ins", args=[venue.id]),
        ),
        "health.tests": ({}, ""),
    }
    found = {kind: list_url(task(kind, **params), actor=command) for kind, (params, _url) in lists.items()}
    assert found == {kind: url for kind, (_params, url) in lists.items()}


def test_out_of_reach_there_is_none(cast: Cast) -> None:
    brought(contract_row(1, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    town, outsider = cast.actor("town"), cast.actor("outsider")
    assert list_url(task("sites.registrations", contract="HT0001"), actor=town) == ""
    assert list_url(task("sites.registrations"), actor=town) == ""
    assert list_url(task("sentinel.staff", category="unheard-of"), actor=town) == ""
    assert list_url(task("gone.kind"), actor=town) == ""
    assert list_url(task("sites.contracts"), actor=outsider) == ""


def test_the_page_of_an_applied_import_leads_to_the_list(cast: Cast) -> None:
    done = bring(contract_row(1), actor=cast.actor("command"))
    page = browser(cast, "command").get(reverse("exchange:import", args=[done.id])).content.decode()
    assert f'href="{reverse("sites:supervision")}"' in page.split('<main id="content"')[1]
