"""Pages of the security administrator, and what others are answered there (T1, T5, L2)."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from outpost.access import urls
from outpost.access.models import ApiToken, Grant, User
from outpost.access.tests.support import browser, post, sent, signed_in
from outpost.audit.models import AuditEntry
from outpost.testing.cast import PASSWORD, Cast

MANAGED = [route for route in urls.urlpatterns if getattr(route.callback, "action", "") == "access.manage"]


@pytest.fixture
def client(cast: Cast) -> Client:
    """The security administrator's browser."""
    return signed_in(cast.users["security"], PASSWORD)


def address(route: URLPattern, cast: Cast) -> str:
    values = {
        "user_id": cast.users["town"].id,
        "grant_id": uuid4(),
        "token_id": uuid4(),
        "request_id": uuid4(),
    }
    wanted = {name: values[name] for name in route.pattern.converters}
    return reverse(f"access:{route.name}", kwargs=wanted)


@pytest.mark.promise("T1")
def test_every_route_has_a_door() -> None:
    undeclared = [route.name for route in urls.urlpatterns if not hasattr(route.callback, "action")]
    assert undeclared == []
    open_to_all = {route.name for route in urls.urlpatterns if getattr(route.callback, "action", "") is None}
    assert open_to_all == {
        "sign_in",
        "phone",
        "passkey",
        "new_password",
        "second_factor",
        "enrol",
        "sign_out",
    }


@pytest.mark.promise("T1")
@pytest.mark.parametrize("route", MANAGED, ids=lambda route: str(route.name))
def test_others_are_refused_and_strangers_sign_in_first(cast: Cast, route: URLPattern) -> None:
    where = address(route, cast)
    assert browser().post(where)["Location"].startswith("/sign-in?next=")
    other = browser()
    other.force_login(cast.users["principal"])
    assert other.get(where).status_code == 403
    assert other.post(where).status_code == 403


@pytest.mark.promise("L2")
def test_a_refusal_is_recorded_with_action_and_route(cast: Cast) -> None:
    client = browser("192.0.2.50")
    client.force_login(cast.users["principal"])
    client.get(f"/accounts/{cast.users['town'].id}")
    entry = AuditEntry.objects.get(action="access.denied")
    assert entry.detail == {"action": "access.manage", "route": "access:account"}
    assert entry.actor_id == f"user:{cast.users['principal'].id}"
    assert entry.address == "192.0.2.50"


@pytest.mark.promise("L2")
def test_a_refusal_that_cannot_be_recorded_is_an_error(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("the audit table is gone")

    monkeypatch.setattr("outpost.access.services.sign_in.record", broken)
    client = browser()
    client.force_login(cast.users["principal"])
    client.raise_request_exception = False
    assert client.get("/accounts").status_code == 500


def test_accounts_are_listed_and_filtered(client: Client, cast: Cast) -> None:
    def names(**filters: Any) -> set[str]:
        return {row.name for row in client.get("/accounts", filters).context["listing"].rows}

    assert names() == {user.display_name for user in cast.users.values()}
    assert names(role="town") == {"town"}
    assert names(name="SECUR") == {"security"}
    assert names(state="disabled") == set()
    page = client.get("/accounts")
    assert b"13800138001" not in page.content


def test_account_is_found_by_its_phone_without_the_phone_in_the_address(client: Client, cast: Cast) -> None:
    form = {"next": "/accounts", "private": "phone", "phone": "138 0013 8001"}
    response = client.post("/search", form)
    assert "8001" not in response["Location"]
    rows = client.get(response["Location"]).context["listing"].rows
    assert [row.id for row in rows] == [cast.users["principal"].id]


def test_list_of_accounts_takes_a_fixed_number_of_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client.get("/accounts")
    with django_assert_max_num_queries(14):
        client.get("/accounts")


def test_an_officer_is_made_given_a_right_and_disabled(client: Client, cast: Cast) -> None:
    page = sent(client, "/accounts/new-officer", username="new.officer", display_name="二所")
    user = User.objects.get(username="new.officer")
    assert page.context["password"].encode() in page.content
    assert user.check_password(page.context["password"])
    where = f"/accounts/{user.id}"
    assert client.get(f"{where}/initial-password").context["password"] == page.context["password"]
    assert post(client, f"{where}/initial-password")["Location"] == where
    assert client.get(f"{where}/initial-password")["Location"] == where
    given = post(client, f"{where}/grants", role="town", scope="region:440115001")
    assert given["Location"] == where
    (grant,) = client.get(where).context["account"].grants
    assert (grant.role, grant.over) == ("town", "南沙街道")
    assert post(client, f"{where}/disable")["Location"] == where
    assert not User.objects.get(id=user.id).is_active
    assert post(client, f"{where}/enable")["Location"] == where
    assert post(client, f"{where}/grants/{grant.id}/revoke")["Location"] == where
    assert not client.get(where).context["account"].grants
    assert post(client, f"{where}/authenticator")["Location"] == where
    assert sent(client, f"{where}/password").context["password"] != page.context["password"]


def test_a_phone_account_is_made(client: Client, cast: Cast) -> None:
    response = post(client, "/accounts/new-phone", phone="13800138077")
    account = client.get(response["Location"]).context["account"]
    assert (account.name, account.is_phone) == ("138****8077", True)
    where = "/accounts/new-phone"
    for number, what in (("13800138077", "for this phone already"), ("12345", "too short")):
        assert what in sent(client, where, phone=number).context["form"].errors["phone"][0]


def test_refusals_stand_at_the_form_and_keep_what_was_typed(client: Client, cast: Cast) -> None:
    page = sent(client, "/accounts/new-officer", username="town", display_name="typed before")
    assert "town is taken" in page.context["form"].errors["username"][0]
    assert b"typed before" in page.content
    where = f"/accounts/{cast.users['town'].id}/grants"
    for role, scope, field, what in (
        ("auditor", "everything", "__all__", "cannot be both"),
        ("town", "everything", "__all__", "cannot be given over"),
        ("king", "everything", "role", "king is not one of the available choices"),
        ("town", "region:999999", "scope", "999999 is not one of the available choices"),
    ):
        assert what in sent(client, where, role=role, scope=scope).context["form"].errors[field][0]
    assert Grant.objects.filter(user=cast.users["town"]).count() == 1


@pytest.mark.promise("T8")
def test_own_account_cannot_be_changed_by_its_page(client: Client, cast: Cast) -> None:
    own = cast.users["security"].id
    assert client.get(f"/accounts/{own}").context["is_own"]
    where = f"/accounts/{own}"
    page = sent(client, f"{where}/grants", role="command", scope="everything")
    assert "cannot change your own rights" in page.context["form"].errors["__all__"][0]
    for act in ("disable", "enable", "password", "authenticator"):
        assert post(client, f"{where}/{act}").status_code == 403
    assert Grant.objects.filter(user_id=own).count() == 1


@pytest.mark.promise("T1")
def test_what_does_not_exist_is_not_found(client: Client, cast: Cast) -> None:
    for act in ("", "/disable", "/enable", "/password", "/authenticator", f"/grants/{uuid4()}/revoke"):
        where = f"/accounts/{uuid4()}{act}"
        assert (post(client, where) if act else client.get(where)).status_code == 404
    assert (
        post(client, f"/accounts/{uuid4()}/grants", role="town", scope="region:440115001").status_code == 404
    )
    assert post(client, f"/tokens/{uuid4()}/revoke").status_code == 404
    grant, other = Grant.objects.get(user=cast.users["town"]), cast.users["outsider"].id
    assert post(client, f"/accounts/{other}/grants/{grant.id}/revoke").status_code == 404


def test_a_token_is_shown_once_and_revoked(client: Client, cast: Cast) -> None:
    form = {"label": "Lab", "role": "feeder", "scope": "everything", "days": "30"}
    page = sent(client, "/tokens", **form)
    secret = page.context["secret"]
    assert secret.encode() in page.content
    assert secret.encode() in client.get("/tokens").content  # a reload loses nothing
    assert secret not in str(dict(client.session))
    assert post(client, "/tokens/copied")["Location"] == "/tokens"
    assert secret.encode() not in client.get("/tokens").content
    token = ApiToken.objects.get()
    assert post(client, f"/tokens/{token.id}/revoke")["Location"] == "/tokens"
    assert client.get("/tokens").context["tokens"][0].state == "revoked"
    for wrong, field in (
        ({"role": "security"}, "role"),
        ({"role": "town"}, "__all__"),
        ({"days": "0"}, "days"),
    ):
        assert list(sent(client, "/tokens", **form | wrong).context["form"].errors) == [field]


@pytest.mark.promise("T5")
def test_extra_fields_are_ignored(client: Client, cast: Cast) -> None:
    """Every column of every table, sent along with every form, changes nothing but what the form is for."""
    columns = {field.attname for model in (User, Grant, ApiToken) for field in model._meta.fields}
    extra = dict.fromkeys(columns, "1") | {"session_epoch": "99", "is_active": "", "granted_by": "me"}
    post(client, "/accounts/new-officer", **extra | {"username": "extra", "display_name": "x"})
    user = User.objects.get(username="extra")
    assert (user.session_epoch, user.is_active, user.must_change_password) == (0, True, True)
    assert user.sealed_totp is None
    where = f"/accounts/{user.id}/grants"
    post(client, where, **extra | {"role": "town", "scope": "region:440115001", "user_id": "x"})
    grant = Grant.objects.get(user=user)
    assert (grant.scope_kind, grant.scope_key) == ("region", "440115001")
    assert grant.granted_by == f"user:{cast.users['security'].id}"
    assert grant.revoked_at is None
    given = {"label": "L", "role": "feeder", "scope": "everything", "days": "1"}
    post(client, "/tokens", **extra | given)
    token = ApiToken.objects.get()
    assert (token.created_by, token.secret_hash != "1") == (f"user:{cast.users['security'].id}", True)
    assert not Grant.objects.exclude(user=user).filter(granted_by="me").exists()
