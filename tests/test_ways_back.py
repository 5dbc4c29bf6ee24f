"""The page of an import leads to the list of its rows, of every kind that has one, within the reader's reach alone."""

import pytest
from django.urls import reverse

from outpost.exchange.queries import list_url
from outpost.sentinel.tests.pages import browser
from outpost.sites.tests.ledger import FAR_TOWN, bring, brought, contract_row
from outpost.testing.cast import Cast
from outpost.venues.models import Venue
from outpost.venues.tests.ledger import bring as bring_venues
from outpost.venues.tests.ledger import venue_row

pytestmark = pytest.mark.django_db


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
        "venues.entered": ({}, ""),
        "venues.visits": (
            {"venue": str((venue := Venue.objects.get()).id)},
            reverse("venues:check_ins", args=[venue.id]),
        ),
        "health.tests": ({}, ""),
    }
    found = {kind: list_url(kind, params, actor=command) for kind, (params, _url) in lists.items()}
    assert found == {kind: url for kind, (_params, url) in lists.items()}


def test_out_of_reach_there_is_none(cast: Cast) -> None:
    brought(contract_row(1, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    town, outsider = cast.actor("town"), cast.actor("outsider")
    assert list_url("sites.registrations", {"contract": "HT0001"}, actor=town) == ""
    assert list_url("sites.registrations", {}, actor=town) == ""
    assert list_url("sentinel.staff", {"category": "unheard-of"}, actor=town) == ""
    assert list_url("gone.kind", {}, actor=town) == ""
    assert list_url("sites.contracts", {}, actor=outsider) == ""


def test_the_page_of_an_applied_import_leads_to_the_list(cast: Cast) -> None:
    done = bring(contract_row(1), actor=cast.actor("command"))
    client, link = browser(cast, "command"), f'href="{reverse("sites:supervision")}"'
    page = client.get(reverse("exchange:import", args=[done.id])).content.decode()
    assert link in page.split('<main id="content"')[1]


def test_before_a_file_is_chosen_its_page_leads_to_the_list_too(cast: Cast) -> None:
    (contract,) = brought(contract_row(1), actor=cast.actor("command"))
    client = browser(cast, "command")
    people = f'href="{reverse("sites:registrations", args=[contract.id])}"'
    where = reverse("exchange:new_import", args=["sites.registrations"])
    assert people in client.get(where, {"contract": contract.number}).content.decode()
    for params in ({}, {"contract": "HT9999"}):
        assert people not in client.get(where, params).content.decode()
