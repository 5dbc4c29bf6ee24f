"""The pages of venues: within reach, in both languages; what a scanned code says."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.core.crypto import ring
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast
from outpost.venues import days
from outpost.venues.codes import code_text
from outpost.venues.models import Venue, VenueCode
from outpost.venues.queries import check_ins
from outpost.venues.tests.ledger import FAR_TOWN, brought, check_in, venue_row

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))


@pytest.fixture
def venues() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


def browser(cast: Cast, name: str, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, cast.users[name])
    return client


def shown(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, name
    return str(answer.content.decode())


def test_the_ledger_shows_what_lies_in_reach(cast: Cast, venues: list[Venue]) -> None:
    assert "第2农贸市场" in shown(browser(cast, "command"), "venues:venues")
    town = browser(cast, "town")
    page = shown(town, "venues:venues")
    assert "第1农贸市场" in page
    assert "137****0001" in page
    assert "南门、北门" in page
    assert "第2农贸市场" not in page
    assert town.get(reverse("venues:venue", args=[venues[1].id])).status_code == 404
    assert town.get(reverse("venues:check_ins", args=[venues[1].id])).status_code == 404
    assert browser(cast, "principal").get(reverse("venues:venues")).status_code == 403
    assert all("第1农贸市场" in shown(town, "venues:venues", sort=key) for key in ("name", "kind", "town"))
    assert "第1农贸市场" not in shown(browser(cast, "command", "en"), "venues:venues", kind="school")


def test_a_venue_shows_its_codes_and_its_number(cast: Cast, venues: list[Venue]) -> None:
    page = shown(browser(cast, "town"), "venues:venue", venues[0].id)
    codes = VenueCode.objects.filter(checkpoint__venue=venues[0])
    assert [code_text(ring(), one.id) in page for one in codes] == [True, True]
    assert reverse("venues:check_ins", args=[venues[0].id]) in page
    assert "甄**" in page


@pytest.mark.promise("V1")
def test_the_number_of_a_venue_opens_its_list(cast: Cast, venues: list[Venue]) -> None:
    today = clock.local_day(clock.now())
    days.keep_days(today)
    document = Document(DocumentType.RESIDENT_ID, id_number(1))
    person = register_person(document, "甄测试", at=clock.now())
    for day, who in ((today, person), (today, None), (today - timedelta(days=1), person)):
        check_in(venues[0], day, who)
    town = browser(cast, "town")
    (opened,) = re.findall(r'class="tile[^"]*" href="([^"]*)"', shown(town, "venues:venue", venues[0].id))
    listed = town.get(opened).content.decode()
    assert "甄*" not in listed  # who it was only a search for a case tells
    assert id_number(1)[-4:] not in listed
    assert "2 行" in " ".join(listed.split())
    assert check_ins.checked_in(venues[0], today) == check_ins.check_ins(venues[0], today).count() == 2
