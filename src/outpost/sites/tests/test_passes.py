"""The list of a site's people shows their passes to officers of the place, and to nobody of the site."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.scopes import Scope
from outpost.access.services import create_officer, grant_role
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.health import pass_facts
from outpost.health.models import Declaration
from outpost.regions.rules import REGION
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import Contract
from outpost.sites.queries.people import shows_passes
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services.registering import register
from outpost.sites.tests.test_registrations import declare, stated
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("T9")]
SYSTEM = Actor.system("tests")
ILL = "申报有症状，请测核酸"


@pytest.fixture
def ill(cast: Cast, contract: Contract) -> UUID:
    """Somebody who is registered and declared a cough."""
    at = clock.now()
    person_id = declare(1)
    Declaration.objects.update(declared_at=at, received_at=at, symptoms=["咳嗽"])
    pass_facts.read_anew(pass_facts.DECLARATIONS, "SELECT person_id FROM health_declaration")
    register(contract.id, stated(1), actor=cast.actor("town"), at=at)
    return person_id


def listed(user: User, contract: Contract, reason: str = "") -> str:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, user)
    asked = {"pass_reason": reason} if reason else {}
    page = client.get(reverse("sites:registrations", args=[contract.id]), asked)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("role", ["command", "town"])
def test_an_officer_sees_and_finds(cast: Cast, contract: Contract, ill: UUID, role: str) -> None:
    assert ILL in listed(cast.users[role], contract)
    assert "甄**" in listed(cast.users[role], contract, "symptoms")
    assert "甄**" not in listed(cast.users[role], contract, "nothing")


def test_a_lead_neither_sees_nor_finds(cast: Cast, contract: Contract, ill: UUID) -> None:
    lead = User.objects.get(phone_hash=ring().search_hash("phone", "13500000001"))
    page = listed(lead, contract)
    assert "甄**" in page
    assert ILL not in page
    assert 'name="pass_reason"' not in page
    assert "甄**" in listed(
        lead, contract, "nothing"
    )  # a filter that the page does not have finds nothing out


def test_an_officer_of_another_place_who_leads_the_site_sees_no_more_than_its_lead(
    cast: Cast, contract: Contract
) -> None:
    user, _ = create_officer("both", "both", actor=SYSTEM, at=NOON)
    grant_role(user.id, Role.TOWN, Scope(REGION, "440115100"), actor=SYSTEM, at=NOON)
    grant_role(user.id, Role.SITE_LEAD, Scope(CONTRACT, str(contract.id)), actor=SYSTEM, at=NOON)
    both = actor_of(user, is_verified=True)
    assert Contract.objects.visible_to(both, SEE_SITES).filter(id=contract.id).exists()
    assert not shows_passes(contract, both)
    assert shows_passes(contract, cast.actor("town"))
