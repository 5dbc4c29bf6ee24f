"""Where accounts get their messages: set by the owner or a security administrator, sealed, audited."""

import pytest
from django.test import Client

from outpost.access.contacts import Contacts, contacts_of, contacts_of_accounts, may_sign_in, officers_of
from outpost.access.models import User
from outpost.access.services import change_contacts, change_own_contacts
from outpost.access.tests.support import browser, refused
from outpost.audit.models import AuditEntry
from outpost.testing.browsers import sent, shown
from outpost.testing.cast import NOON, Cast

ADDRESSES = Contacts(wecom="LiSi", email="li.si@example.gov.cn", phone="13800138009")


def client_of(cast: Cast, name: str) -> Client:
    client = browser()
    client.force_login(cast.users[name])
    return client


def stored(user: User) -> Contacts:
    return contacts_of(User.objects.get(id=user.id))


def test_addresses_are_sealed_and_audited(cast: Cast) -> None:
    user = cast.users["bureau"]
    change_contacts(user.id, ADDRESSES, actor=cast.actor("security"), at=NOON)
    assert stored(user) == ADDRESSES
    assert b"example" not in bytes(User.objects.get(id=user.id).sealed_contacts or b"")
    entry = AuditEntry.objects.get(action="access.contacts_changed")
    assert (entry.object_id, entry.detail) == (str(user.id), {"wecom": True, "email": True, "phone": True})
    change_own_contacts(User.objects.get(id=user.id), Contacts(), actor=cast.actor("bureau"), at=NOON)
    assert stored(user) == Contacts()


def test_only_a_security_administrator_changes_those_of_others(cast: Cast) -> None:
    user = cast.users["bureau"]
    for name in ("command", "operator", "auditor", "outsider"):
        with refused("core.forbidden"):
            change_contacts(user.id, ADDRESSES, actor=cast.actor(name), at=NOON)
    with refused("access.not_to_yourself"):
        change_contacts(cast.users["security"].id, ADDRESSES, actor=cast.actor("security"), at=NOON)
    assert stored(user) == Contacts()


def test_the_phone_of_a_phone_account_stays_its_sign_in(cast: Cast) -> None:
    user = cast.users["principal"]
    change_own_contacts(user, ADDRESSES, actor=cast.actor("principal"), at=NOON)
    assert stored(user) == Contacts(wecom="LiSi", email="li.si@example.gov.cn", phone="13800138001")


def test_who_is_reached(cast: Cast) -> None:
    users = cast.users
    assert officers_of("market") == [users["bureau"].id]
    assert officers_of("post") == []
    assert contacts_of_accounts([users["principal"].id, users["town"].id]) == {
        users["principal"].id: Contacts(phone="13800138001"),
        users["town"].id: Contacts(),
    }
    assert may_sign_in("13800138001")
    assert may_sign_in("13800138009")  # as a citizen
    User.objects.filter(id__in=[users["bureau"].id, users["principal"].id]).update(is_active=False)
    assert officers_of("market") == []
    assert not may_sign_in("13800138001")
    assert users["principal"].id not in contacts_of_accounts([users["principal"].id])


def test_the_pages_save_and_say_what_is_wrong(cast: Cast) -> None:
    own = client_of(cast, "principal")
    path = "/me/contacts"
    page = own.get(path)
    assert page.status_code == 200
    assert b'name="phone"' not in page.content
    wrong = shown(own, own.post(path, sent(own, path, {"wecom": "a|b", "email": "no address"})))
    assert set(wrong.context["form"].errors) == {"wecom", "email"}
    assert own.post(path, sent(own, path, {"wecom": "LiSi", "email": ""}))["Location"] == "/me"
    assert stored(cast.users["principal"]).wecom == "LiSi"


@pytest.mark.parametrize("member", ["@all", "@ALL", "a|b", "李四", "a b", "x" * 65])
def test_a_member_is_one_member(cast: Cast, member: str) -> None:
    client = client_of(cast, "principal")
    page = shown(client, client.post("/me/contacts", sent(client, "/me/contacts", {"wecom": member})))
    assert list(page.context["form"].errors) == ["wecom"]
    assert stored(cast.users["principal"]).wecom == ""


def test_the_administrators_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outpost.access.queries.needs_second_factor", lambda _role: False)
    client, user = client_of(cast, "security"), cast.users["bureau"]
    path = f"/accounts/{user.id}/contacts"
    assert list(
        shown(client, client.post(path, sent(client, path, {"phone": "12"}))).context["form"].errors
    ) == ["phone"]
    assert (
        client.post(path, sent(client, path, {"phone": "138 0013 8009", "email": "a@b.cn"}))["Location"]
        == f"/accounts/{user.id}"
    )
    assert stored(user) == Contacts(email="a@b.cn", phone="13800138009")
    assert b'value="13800138009"' in client.get(path).content
    assert client_of(cast, "command").get(path).status_code == 403
