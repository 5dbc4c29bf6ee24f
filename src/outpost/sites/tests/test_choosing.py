"""Which contract somebody works on: of one only there is no choice; every page says it; two clicks change it."""

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.core.crypto import ring
from outpost.sites.models import Contract
from outpost.sites.services import close_contract
from outpost.sites.tests.ledger import brought, contract_row
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

LEAD = "13500000001"


@pytest.fixture
def contracts(cast: Cast) -> list[Contract]:
    """Two of one lead, and one of another."""
    rows = (contract_row(1), contract_row(2, 负责人电话=LEAD), contract_row(3))
    return brought(*rows, actor=cast.actor("command"))


@pytest.fixture
def lead(contracts: list[Contract]) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, User.objects.get(phone_hash=ring().search_hash("phone", LEAD)))
    return client


def people_of(contract: Contract) -> str:
    return reverse("sites:registrations", args=[contract.id])


def goes_to(client: Client, where: str) -> str:
    return str(client.get(where).headers["Location"])


def test_of_several_one_is_chosen_said_on_every_page_and_changed(
    lead: Client, contracts: list[Contract]
) -> None:
    mine, choose = reverse("sites:mine"), reverse("sites:choose")
    assert goes_to(lead, mine) == choose
    offered = lead.get(choose).content.decode()
    assert [number in offered for number in ("HT0001", "HT0002", "HT0003")] == [True, True, False]
    for contract in contracts[:2]:
        taken = lead.post(reverse("sites:choose_contract", args=[contract.id]))
        assert taken.headers["Location"] == goes_to(lead, mine) == people_of(contract)
        for page in ("notifications:inbox", "sites:to_leave", "web:guides"):
            shown = lead.get(reverse(page)).content.decode()
            assert f"{contract.number} · {contract.project.name}" in shown
            assert choose in shown
    assert lead.post(reverse("sites:choose_contract", args=[contracts[2].id])).status_code == 404


def test_a_contract_is_named_once_where_it_is_chosen_and_on_its_pages(
    lead: Client, contracts: list[Contract]
) -> None:
    first = contracts[0]
    lead.post(reverse("sites:choose_contract", args=[first.id]))
    for page in (reverse("sites:choose"), people_of(first), reverse("sites:register", args=[first.id])):
        shown = lead.get(page).content.decode().split('<nav class="bottom"')[0]
        assert shown.count(first.project.name) == 1, page
    other = lead.get(people_of(contracts[1])).content.decode()
    assert (first.project.name in other, contracts[1].project.name in other) == (True, True)


def test_what_was_chosen_ends_with_the_right(cast: Cast, lead: Client, contracts: list[Contract]) -> None:
    lead.post(reverse("sites:choose_contract", args=[contracts[1].id]))
    close_contract(contracts[1].id, actor=cast.actor("command"), at=NOON)
    sign_in(lead, User.objects.get(phone_hash=ring().search_hash("phone", LEAD)))
    assert goes_to(lead, reverse("sites:mine")) == people_of(contracts[0])
    page = lead.get(reverse("sites:to_leave")).content.decode()
    assert "HT0001 · " in page
    assert reverse("sites:choose") not in page


def test_officers_have_none(cast: Cast, contracts: list[Contract]) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    assert client.get(reverse("sites:choose")).status_code == 403
    assert reverse("sites:choose") not in client.get(reverse("sites:to_leave")).content.decode()
