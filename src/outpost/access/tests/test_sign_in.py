"""Signing in as an officer and by phone, page by page."""

import base64
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.access.models import Grant, Session, User
from outpost.access.scopes import Scope
from outpost.access.services.second_factor import code_at
from outpost.access.tests.support import (
    ELSEWHERE,
    HERE,
    SECRET,
    at_clock,
    browser,
    codes_printed,
    enrolled,
    post,
    refused,
    sent,
    signed_in,
)
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, PASSWORD, Cast


def is_in(client: Client) -> bool:
    return client.get("/me").status_code == 200


def last_audit(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("seq")


def test_officer_signs_in_with_password_and_authenticator(cast: Cast) -> None:
    user = cast.users["town"]
    client = browser()
    now = clock.now()
    enrolled(user, now)
    response = post(client, "/sign-in", username=" TOWN ", password=PASSWORD, next="/me")
    assert response["Location"] == "/sign-in/code"
    assert not is_in(client)
    response = post(client, "/sign-in/code", code=code_at(SECRET, now))
    assert response["Location"] == "/me"
    assert is_in(client)
    assert client.session["is_verified"] is True
    entry = last_audit("access.signed_in")
    assert entry.actor_id == f"user:{user.id}"
    assert entry.address == HERE
    assert entry.detail == {"first_factor": "password", "second_factor": "totp"}


@pytest.mark.promise("A2")
def test_first_sign_in_of_an_officer_sets_up_the_authenticator(cast: Cast) -> None:
    client = browser()
    response = post(client, "/sign-in", username="bureau", password=PASSWORD)
    assert response["Location"] == "/sign-in/authenticator"
    page = client.get("/sign-in/authenticator")
    assert b"<svg" in page.content
    assert b"style=" not in page.content[page.content.index(b"<svg") : page.content.index(b"</svg>")]
    user = cast.users["bureau"]
    secret = ring().open(_stored_secret(client), user.sealing_context)
    wrong = sent(client, "/sign-in/authenticator", code="000000").context["form"]
    assert "is wrong or was used already" in wrong.errors["code"][0]
    answer = post(client, "/sign-in/authenticator", code=code_at(secret, clock.now()))
    assert answer["Location"] == "/sign-in/recovery-codes"
    assert is_in(client)
    for _reload in range(2):
        page = client.get("/sign-in/recovery-codes")
    user.refresh_from_db()
    assert user.sealed_totp is not None
    assert ring().open(user.sealed_totp, user.sealing_context) == secret
    assert len(page.context["codes"]) == len(user.recovery_code_hashes) == 10
    assert not set(page.context["codes"]) & set(str(dict(client.session)).split("'"))
    assert client.post("/sign-in/recovery-codes")["Location"] == "/"
    assert client.get("/sign-in/recovery-codes")["Location"] == "/"
    assert not set(page.context["codes"]) & set(user.recovery_code_hashes)
    assert last_audit("access.second_factor_enrolled").object_id == str(user.id)


def test_back_into_the_steps_or_a_second_click_there_loses_neither_session_nor_codes(cast: Cast) -> None:
    client = browser()
    post(client, "/sign-in", username="bureau", password=PASSWORD)
    client.get("/sign-in/authenticator")
    secret = ring().open(_stored_secret(client), cast.users["bureau"].sealing_context)
    code = code_at(secret, clock.now())
    post(client, "/sign-in/authenticator", code=code)
    codes = client.get("/sign-in/recovery-codes").context["codes"]
    for step in ("authenticator", "code", "new-password"):
        assert client.get(f"/sign-in/{step}")["Location"] == "/sign-in/recovery-codes", step
    page = sent(client, "/sign-in/authenticator", code=code)
    assert page.context["codes"] == codes
    assert is_in(client)
    client.post("/sign-in/recovery-codes")
    page = client.get("/sign-in/code", follow=True)
    assert page.redirect_chain[1][0] == "/"
    assert is_in(client)


def _stored_secret(client: Client) -> bytes:
    return base64.b64decode(client.session["enrolment"])


@pytest.mark.promise("A2")
def test_nobody_gets_around_the_second_step(cast: Cast) -> None:
    enrolled(cast.users["command"], clock.now())
    client = browser()
    post(client, "/sign-in", username="command", password=PASSWORD)
    assert client.get("/me").status_code == 302
    page = client.get("/sign-in/authenticator")
    assert page.status_code == 200
    secret = ring().open(_stored_secret(client), cast.users["command"].sealing_context)
    page = sent(client, "/sign-in/authenticator", code=code_at(secret, clock.now()))
    assert page.context["form"].errors["code"]  # an enrolled authenticator is never replaced on the way in
    cast.users["command"].refresh_from_db()
    sealed = cast.users["command"].sealed_totp
    assert sealed is not None
    assert ring().open(sealed, cast.users["command"].sealing_context) == SECRET
    assert not is_in(client)


@pytest.mark.promise("A2")
@pytest.mark.parametrize("role", ["command", "bureau", "town", "operator", "security", "auditor"])
def test_session_without_second_factor_reaches_nothing(cast: Cast, role: str) -> None:
    client = browser()
    client.force_login(cast.users[role])
    assert client.get("/me").status_code == 403


def test_code_of_the_authenticator_works_once(cast: Cast) -> None:
    user = cast.users["town"]
    enrolled(user, NOON)
    code = code_at(SECRET, NOON)
    assert services.check_second_factor(user, code, address=HERE, at=NOON) == "totp"
    with refused("access.wrong_second_factor"):
        services.check_second_factor(user, code, address=HERE, at=NOON)
    early = code_at(SECRET, NOON - timedelta(seconds=30))
    with refused("access.wrong_second_factor"):
        services.check_second_factor(user, early, address=HERE, at=NOON)
    later = NOON + timedelta(seconds=30)
    assert services.check_second_factor(user, code_at(SECRET, later), address=HERE, at=later) == "totp"


def test_clock_of_the_phone_may_be_half_a_minute_off_and_no_more(cast: Cast) -> None:
    user = cast.users["town"]
    enrolled(user, NOON - timedelta(hours=1))
    for seconds in (-90, 90):
        code = code_at(SECRET, NOON + timedelta(seconds=seconds))
        with refused("access.wrong_second_factor"):
            services.check_second_factor(user, code, address=HERE, at=NOON)
    ahead = code_at(SECRET, NOON + timedelta(seconds=30))
    assert services.check_second_factor(user, ahead, address=HERE, at=NOON) == "totp"


def test_recovery_code_works_once(cast: Cast) -> None:
    user = cast.users["town"]
    codes = enrolled(user, NOON)
    assert services.check_second_factor(user, f" {codes[0].upper()} ", address=HERE, at=NOON) == "recovery"
    with refused("access.wrong_second_factor"):
        services.check_second_factor(user, codes[0], address=HERE, at=NOON)
    assert services.check_second_factor(user, codes[1], address=HERE, at=NOON) == "recovery"


def test_wrong_second_factors_lock_the_account_from_every_source(cast: Cast) -> None:
    user = cast.users["town"]
    enrolled(user, NOON)
    for number in range(10):
        with refused("access.wrong_second_factor"):
            services.check_second_factor(user, "abc", address=f"192.0.2.{number}", at=NOON)
    with refused("access.locked"):
        services.check_second_factor(user, code_at(SECRET, NOON), address=ELSEWHERE, at=NOON)
    assert last_audit("access.locked").detail == {"factor": "second_factor"}
    later = NOON + timedelta(minutes=6)
    assert services.check_second_factor(user, code_at(SECRET, later), address=HERE, at=later) == "totp"


def test_demo_can_switch_the_second_factor_off(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    client = browser()
    post(client, "/sign-in", username="town", password=PASSWORD)
    assert is_in(client)


@pytest.mark.promise("A4")
def test_initial_password_must_be_changed_before_anything_else(cast: Cast) -> None:
    user, password = services.create_officer("new.officer", actor=cast.actor("security"), at=NOON)
    client = browser()
    response = post(client, "/sign-in", username="new.officer", password=password)
    assert response["Location"] == "/sign-in/new-password"
    assert not is_in(client)
    assert client.get("/sign-in/code")["Location"] == "/sign-in"  # leads back to the beginning
    assert not is_in(client)
    post(client, "/sign-in", username="new.officer", password=password)
    same = post(client, "/sign-in/new-password", new_password=password, repeated=password)
    assert "is the old one" in shown(client, same).context["form"].errors["new_password"][0]
    weak = post(client, "/sign-in/new-password", new_password="1234567890", repeated="1234567890")
    assert "not strong enough" in shown(client, weak).context["form"].errors["new_password"][0]
    strong = "eleven green bottles"
    differing = post(client, "/sign-in/new-password", new_password=strong, repeated=strong + "!")
    assert "differ" in shown(client, differing).context["form"].errors["repeated"][0]
    response = post(client, "/sign-in/new-password", new_password=strong, repeated=strong)
    assert response["Location"] == "/"
    user.refresh_from_db()
    assert not user.must_change_password
    assert user.check_password(strong)


@pytest.mark.promise("T6")
def test_unknown_name_wrong_password_and_disabled_account_look_the_same(cast: Cast) -> None:
    services.disable_account(cast.users["bureau"].id, actor=cast.actor("security"), at=NOON)
    pages = [
        sent(browser(), "/sign-in", username=username, password=password)
        for username, password in [("town", "wrong"), ("nobody", "wrong"), ("bureau", PASSWORD)]
    ]
    assert all("User name or password is wrong" in page.content.decode() for page in pages)
    names = (b"town", b"nobody", b"bureau")
    bodies = {
        _without_token(page.content.replace(name, b"")) for page, name in zip(pages, names, strict=True)
    }
    assert len(bodies) == 1


def _without_token(body: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", body)


@pytest.mark.promise("T6")
def test_password_lock_holds_for_account_and_source_only(cast: Cast) -> None:
    for _ in range(5):
        with refused("access.wrong_password"):
            services.check_password("town", "wrong", address=ELSEWHERE, at=NOON)
    with refused("access.locked", minutes=1):
        services.check_password("town", PASSWORD, address=ELSEWHERE, at=NOON)
    assert services.check_password("town", PASSWORD, address=HERE, at=NOON) == cast.users["town"]
    assert services.check_password("bureau", PASSWORD, address=ELSEWHERE, at=NOON) == cast.users["bureau"]
    assert last_audit("access.locked").object_id == str(cast.users["town"].id)
    later = NOON + timedelta(minutes=2)
    assert services.check_password("town", PASSWORD, address=ELSEWHERE, at=later) == cast.users["town"]


def test_one_source_cannot_try_all_accounts(cast: Cast) -> None:
    for number in range(100):
        with refused("access.wrong_password"):
            services.check_password(f"user{number}", "wrong", address=ELSEWHERE, at=NOON)
    with refused("access.locked"):
        services.check_password("town", PASSWORD, address=ELSEWHERE, at=NOON)


def test_principal_signs_in_by_phone(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    client = browser()
    page = sent(client, "/sign-in/phone", phone="+86 138-0013-8001", code="", ask="1")
    assert page.context["was_sent"]
    assert page.context["phone_form"]["phone"].value() == "13800138001"
    assert client.get("/sign-in").context["was_sent"]  # a reload
    door = page.content.decode().partition('action="/sign-in/phone"')[2]
    default = door[door.index("<button") : door.index("</button>")]
    assert "ask" not in default, (
        "the key Enter presses the first button: it signs in, and asks for no other code"
    )
    assert not page.context["developer_codes"]
    assert client.cookies["device"]["httponly"]
    (code,) = codes_printed(capsys.readouterr().out)
    response = post(client, "/sign-in/phone", phone="13800138001", code=code, enter="1")
    assert response["Location"] == "/"
    assert is_in(client)
    detail = last_audit("access.signed_in").detail
    assert detail == {"first_factor": "passcode", "second_factor": ""}
    other = browser()
    refusal = sent(other, "/sign-in/phone", phone="13800138001", code=code).context["phone_form"]
    assert "asked for on another device" in refusal.errors["__all__"][0]
    assert refusal["phone"].value() == "13800138001"
    assert code not in sent(other, "/sign-in/phone", phone="13800138001", code=code).content.decode()
    assert not is_in(other)


@pytest.mark.promise("T6")
def test_asking_for_a_code_says_nothing_about_the_account(cast: Cast) -> None:
    known = sent(browser(), "/sign-in/phone", phone="13800138001", ask="1")
    unknown = sent(browser(), "/sign-in/phone", phone="13911112222", ask="1")
    assert known.status_code == unknown.status_code == 200
    bodies = [known.content.replace(b"13800138001", b""), unknown.content.replace(b"13911112222", b"")]
    assert _without_token(bodies[0]) == _without_token(bodies[1])


def test_demo_shows_the_code_on_the_page(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_DEMO = True
    page = sent(browser(), "/sign-in/phone", phone="13800138001", ask="1")
    (code,) = page.context["developer_codes"]
    assert code["phone"] == "138****8001"
    assert code["code"].encode() in page.content


@pytest.mark.promise("A2")
def test_phone_alone_does_not_open_an_officers_rights(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    security = cast.actor("security")
    principal = cast.users["principal"]
    services.grant_role(principal.id, "town", Scope("region", "440115001"), actor=security, at=NOON)
    client = browser()
    post(client, "/sign-in/phone", phone="13800138001", ask="1")
    (code,) = codes_printed(capsys.readouterr().out)
    response = post(client, "/sign-in/phone", phone="13800138001", code=code)
    assert response["Location"] == "/sign-in/authenticator"


def test_a_sign_in_that_takes_too_long_starts_again(cast: Cast) -> None:
    enrolled(cast.users["town"], NOON)
    client = browser()
    with at_clock(NOON):
        post(client, "/sign-in", username="town", password=PASSWORD)
    late = NOON + timedelta(minutes=11)
    with at_clock(late):
        page = sent(client, "/sign-in/code", code=code_at(SECRET, late))
    assert page.status_code == 200
    assert page.context["notice"].code == "access.sign_in_expired"
    assert not is_in(client)


def test_next_page_lies_on_this_host(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    for address, expected in [
        ("/me", "/me"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ]:
        response = post(browser(), "/sign-in", username="town", password=PASSWORD, next=address)
        assert response["Location"] == expected


@pytest.mark.promise("L2")
def test_without_an_audit_entry_nobody_comes_in(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"

    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("the audit table is gone")

    monkeypatch.setattr("outpost.access.services.sign_in.record", broken)
    client = browser()
    with pytest.raises(RuntimeError):
        post(client, "/sign-in", username="town", password=PASSWORD)
    assert not is_in(client)


@pytest.mark.promise("T5")
def test_extra_fields_of_sign_in_change_nothing(cast: Cast) -> None:
    user = cast.users["outsider"]
    before = User.objects.filter(id=user.id).values().get()
    extra = {name: "1" for name in before if name not in {"username", "password"}}
    extra |= {"is_verified": "1", "role": "command", "user": str(cast.users["command"].id), "epoch": "0"}
    client = browser()
    post(client, "/sign-in", username="outsider", password=PASSWORD, **extra)
    after = User.objects.filter(id=user.id).values().get()
    after["last_login"] = before["last_login"]
    assert after == before
    assert client.session["is_verified"] is False


def test_sessions_hold_no_personal_data(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    client = browser()
    post(client, "/sign-in/phone", phone="13800138001", ask="1")
    (code,) = codes_printed(capsys.readouterr().out)
    post(client, "/sign-in/phone", phone="13800138001", code=code)
    signed_in(cast.users["town"], PASSWORD)
    assert Session.objects.count() == 2
    for kept in (dict(client.session), *Session.objects.values()):
        text = str(kept)
        assert "13800138001" not in text
        assert "8001'" not in text
        assert HERE not in text


def test_a_right_that_ends_ends_in_the_session_that_stands(client: Client, cast: Cast) -> None:
    town = cast.users["town"]
    sign_in(client, town)
    staff = reverse("sentinel:staff")
    assert client.get(staff).status_code == 200
    Grant.objects.filter(user=town).update(revoked_at=NOON)
    assert client.get(staff).status_code == 403
    Grant.objects.filter(user=town).update(revoked_at=None)
    assert client.get(staff).status_code == 200
    User.objects.filter(id=town.id).update(is_active=False)
    assert client.get(staff).status_code == 302
