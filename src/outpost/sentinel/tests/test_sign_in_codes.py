"""The code that an officer gives a principal on sight (A6): who may, who is told, who gets nothing by it (T9)."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from outpost.access.models import Grant, Passcode
from outpost.access.services import enter_passcode
from outpost.access.tests.support import HERE, refused
from outpost.audit.models import AuditEntry
from outpost.notifications.models import InboxMessage
from outpost.sentinel.models import Category, Enrolment
from outpost.sentinel.services.sign_in_codes import issue_sign_in_code
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("A6")]


@pytest.mark.parametrize("who", ["town", "command", "bureau"])
def test_an_officer_lets_the_principal_in_on_a_new_phone(cast: Cast, who: str) -> None:
    user = cast.users["principal"]
    code = issue_sign_in_code(cast.near.id, actor=cast.actor(who), at=NOON)
    assert enter_passcode("13800138001", code, device="new", address=HERE, at=NOON) == user
    assert InboxMessage.objects.get(user=user).template == "sentinel.code_issued"
    assert AuditEntry.objects.get(action="access.code_issued").actor_id == cast.actor(who).id


@pytest.mark.parametrize("who", ["principal", "feeder", "operator", "security", "auditor", "outsider"])
def test_nobody_else_gives_out_codes(cast: Cast, who: str) -> None:
    with refused("core.forbidden"):
        issue_sign_in_code(cast.near.id, actor=cast.actor(who), at=NOON)
    assert not Passcode.objects.exists()


@pytest.mark.promise("T9")
def test_a_code_gives_nobody_more_than_they_have(cast: Cast) -> None:
    with refused("core.not_found"):
        issue_sign_in_code(cast.far.id, actor=cast.actor("town"), at=NOON)
    other = Category.objects.exclude(code=cast.near.category_id).first()
    assert other is not None
    other.department_id = "post"
    other.save(update_fields=["department_id"])
    Enrolment.objects.create(
        category=other, organization=cast.near.organization, created_at=NOON, updated_at=NOON
    )
    with refused("sentinel.code_beyond_reach"):
        issue_sign_in_code(cast.near.id, actor=cast.actor("bureau"), at=NOON)
    Grant.objects.filter(user=cast.users["principal"]).update(revoked_at=NOON)
    with refused("core.not_found"):
        issue_sign_in_code(cast.near.id, actor=cast.actor("town"), at=NOON)
    assert not Passcode.objects.exists()


def test_the_page_shows_the_code_to_who_gave_it_out(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    client, other = Client(), Client()
    client.force_login(cast.users["town"])
    other.force_login(cast.users["command"])
    page = reverse("sentinel:organization", args=[cast.near.id])
    assert client.post(reverse("sentinel:sign_in_code", args=[cast.near.id]))["Location"] == page
    code = client.get(page).context["sign_in_code"]
    assert len(code) == 10
    assert code.encode() in client.get(page).content
    assert other.get(page).context["sign_in_code"] is None
