"""The pages of a site's gate: devices within reach, conflicts with all conditions, settled by hand; one's PIN."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.access.models import User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.desks import queries
from outpost.desks.models import Device, PairingCode, Pin
from outpost.sentinel.tests.ledgers import id_number
from outpost.sites import services
from outpost.sites.models import Contract, Registration
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.tests.gate import gate, lead, passing, waiting
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_passing import dispose
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CONFLICTS = "sites:gate_conflicts"


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A contract of the near town with one person, and one of the far town."""
    command = cast_of_file.actor("command")
    far = {"所属镇街": FAR_TOWN, "监督站": "第二监督站"}
    brought(contract_row(1), contract_row(2, **far), actor=command)
    bring = Bring(command, tmp_path_factory.mktemp("people"))
    for number, contract in ((1, "HT0001"), (2, "HT0002")):
        declare(number)
        bring(person_row(number), number=contract)


@pytest.fixture
def near() -> Contract:
    return Contract.objects.get(number="HT0001")


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, user)
    return client


def conflict(contract: Contract, minutes: int = 60) -> UUID:
    """Somebody was let in by a list of ten hours ago, though an order was set five hours ago; the entry's id."""
    at = clock.now()
    row = Registration.objects.get(contract=contract)
    dispose(row.person_id, "isolation", at - 5 * HOUR)
    desk = gate(contract, at=at - 20 * HOUR)
    told = passing(row, listed_at=(at - 11 * HOUR).isoformat())
    desk.hand_in(desk.entry(told, at - timedelta(minutes=minutes)), at=at)
    return queries.open_ones(str(CONTRACT), str(contract.id)).get().id


def test_a_lead_enrols_and_stops_a_device_of_the_own_site_alone(near: Contract) -> None:
    client, far = browser(lead(near)), Contract.objects.get(number="HT0002")
    page = reverse("sites:devices", args=[near.id])
    assert page in client.get(reverse("sites:contract", args=[near.id])).content.decode()
    shown(client, client.post(reverse("sites:pair_device", args=[near.id])))
    assert PairingCode.objects.get().place_key == str(near.id)
    assert "配对码" in client.get(page).content.decode()
    desk = gate(near, at=clock.now())
    shown(client, client.post(reverse("sites:stop_device", args=[near.id, desk.device.id])))
    assert Device.objects.get().revoked_at is not None
    for name in ("sites:devices", "sites:gate_pin"):
        assert client.get(reverse(name, args=[far.id])).status_code == 404
    assert client.post(reverse("sites:pair_device", args=[far.id])).status_code == 404
    other = gate(far, at=clock.now())
    assert client.post(reverse("sites:stop_device", args=[near.id, other.device.id])).status_code == 404


def test_a_conflict_says_every_condition_and_how_old_the_list_was(cast: Cast, near: Contract) -> None:
    entry_id = conflict(near)
    for user in (lead(near), cast.users["town"]):
        client = browser(user)
        page = client.get(reverse(CONFLICTS)).content.decode()
        for text in ("处置方式：需隔离", "名单为 10 小时前", "进场", id_number(1)[-4:], "HT0001"):
            assert text in page, text
        assert id_number(1) not in page
        assert "甄工友" not in page
    entry = queries.open_ones(str(CONTRACT), str(near.id)).get()
    where = reverse("sites:settle_conflict", args=[entry_id, entry.mark])
    client = browser(lead(near))
    refused = shown(client, client.post(where, {"how": "dismissed", "reason": ""}))
    assert "说明" in refused.content.decode()
    shown(client, client.post(where, {"how": "entered", "reason": "已送隔离点"}))
    assert waiting(near) == []
    assert AuditEntry.objects.filter(action="desks.entry_entered").count() == 1
    assert "已送隔离点" in client.get(reverse(CONFLICTS)).content.decode()


def test_conflicts_of_others_are_neither_shown_nor_settled(cast: Cast, near: Contract) -> None:
    far = Contract.objects.get(number="HT0002")
    entry_id = conflict(far)
    entry = queries.open_ones(str(CONTRACT), str(far.id)).get()
    where = reverse("sites:settle_conflict", args=[entry_id, entry.mark])
    for user in (lead(near), cast.users["town"]):
        client = browser(user)
        assert "HT0002" not in client.get(reverse(CONFLICTS)).content.decode()
        asked = client.get(reverse(CONFLICTS), {"contract": str(far.id)})
        assert "HT0002" not in asked.content.decode()
        assert client.post(where, {"how": "entered"}).status_code == 404
    assert waiting(far) == ["sites.gate_let_in"]


def test_what_a_device_says_of_people_of_another_site_shows_nobody(cast: Cast, near: Contract) -> None:
    at, far = clock.now(), Contract.objects.get(number="HT0002")
    desk = gate(near, at=at - HOUR)
    desk.hand_in(desk.entry(passing(Registration.objects.get(contract=far)), at), at=at)
    assert waiting(near) == ["sites.gate_person"]
    assert id_number(2)[-4:] not in browser(lead(near)).get(reverse(CONFLICTS)).content.decode()


def test_a_closed_contract_keeps_its_conflicts_for_the_town(cast: Cast, near: Contract) -> None:
    at, row = clock.now(), Registration.objects.get(contract=near)
    desk = gate(near, at=at - 3 * HOUR)
    services.close_contract(near.id, actor=cast.actor("command"), at=at - HOUR)
    desk.hand_in(desk.entry(passing(row), at - 2 * HOUR), at=at)
    page = browser(cast.users["town"]).get(reverse(CONFLICTS)).content.decode()
    assert "合同已关闭" in page
    assert reverse("sites:contract", args=[near.id]) not in page


def test_who_works_at_the_gate_sets_an_own_pin(near: Contract) -> None:
    user = lead(near)
    client, where = browser(user), reverse("sites:gate_pin", args=[near.id])
    assert where in client.get(reverse("sites:devices", args=[near.id])).content.decode()
    shown(client, client.post(where, {"pin": "246813", "repeated": "246813"}))
    assert Pin.objects.filter(member_id=user.id).exists()
    with translation.override("zh-hans"):
        refused = shown(client, client.post(where, {"pin": "111111", "repeated": "111111"}))
    assert "过于简单" in refused.content.decode()
