"""Passkeys: a phone account's own device signs in; nobody else's does, and no device of an open browser is added."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.access.models import Passkey, User
from outpost.access.services import passkeys
from outpost.access.services.passkeys import MOST, Site
from outpost.access.tests.authenticator import PRESENT, Device
from outpost.access.tests.support import (
    at_clock,
    browser,
    codes_printed,
    ensure_principal,
    move_principal,
    post,
    refused,
    release_principal,
    sent,
)
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.errors import NOT_FOUND
from outpost.testing.cast import NOON, PASSWORD, Cast

pytestmark = pytest.mark.promise("A4")
PHONE = "13800138001"  # the cast's principal
ENTER, NEW = "/sign-in/passkey", "/me/passkeys/new"


def by_phone(client: Client, capsys: pytest.CaptureFixture[str]) -> User:
    """Sign in by passcode; gives the account."""
    phone = PHONE
    post(client, "/sign-in/phone", phone=phone, ask="1")
    (code,) = codes_printed(capsys.readouterr().out)
    assert post(client, "/sign-in/phone", phone=phone, code=code)["Location"] == "/"
    return User.objects.get(id=client.session["_auth_user_id"])


def confirm(client: Client, capsys: pytest.CaptureFixture[str], after: str = NEW) -> Any:
    """Prove once more who one is, by a new code."""
    page = f"/me/confirm?next={after}"
    assert post(client, page, ask="1")["Location"] == page
    (code,) = codes_printed(capsys.readouterr().out)
    return post(client, page, proof=code)


def options(client: Client, page: str) -> str:
    return str(client.get(page).context["options"])


def add(client: Client, device: Device, **kwargs: Any) -> Any:
    return sent(client, NEW, label="my phone", credential=device.make(options(client, NEW), **kwargs))


@pytest.fixture
def owner(cast: Cast, capsys: pytest.CaptureFixture[str]) -> Client:
    """A principal, who has just proved twice who they are."""
    client = browser()
    by_phone(client, capsys)
    assert client.get(NEW)["Location"] == f"/me/confirm?next={NEW.replace('/', '%2F')}"
    assert confirm(client, capsys)["Location"] == NEW
    return client


def test_a_device_is_added_signs_in_and_is_removed(owner: Client) -> None:
    device, user_id = Device(), owner.session["_auth_user_id"]
    assert "my phone" in add(owner, device).content.decode()
    elsewhere = browser("198.51.100.9")
    assert post(elsewhere, ENTER, credential=device.sign(options(elsewhere, ENTER)))["Location"] == "/"
    assert elsewhere.session["_auth_user_id"] == user_id
    assert elsewhere.get("/me").status_code == 200
    passkey = Passkey.objects.get()
    assert passkey.used_at is not None
    assert (
        AuditEntry.objects.filter(action="access.signed_in").latest("seq").detail["first_factor"] == "passkey"
    )
    assert post(owner, f"/me/passkeys/{passkey.id}/remove")["Location"] == "/me"
    stranger = browser("198.51.100.9")
    assert_refused(stranger, device.sign(options(stranger, ENTER)))
    acts = {"access.passkey_added", "access.passkey_removed"}
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= acts


def assert_refused(client: Client, answer: str) -> None:
    page = sent(client, ENTER, credential=answer)
    assert page.context["form"].non_field_errors(), page.content
    assert "_auth_user_id" not in client.session


def test_only_a_fresh_answer_of_its_own_key_at_its_own_place_signs_in(owner: Client) -> None:
    device = Device()
    add(owner, device)
    stranger = browser()
    used = device.sign(options(stranger, ENTER))
    post(stranger, ENTER, credential=used)
    wrong: dict[str, Callable[[str], str]] = {
        "an answer of before": lambda _asked: used,
        "of another page": lambda asked: device.sign(asked, origin="http://testserver.example"),
        "of another key": lambda asked: Device(count=9, owner=device.owner).sign(asked),
        "of an unknown key": lambda asked: Device(credential_id=b"unknown").sign(asked),
        "unlocked by nobody": lambda asked: Device(key=device.key, count=9, flags=PRESENT).sign(asked),
        "of a copy that counts anew": lambda asked: Device(key=device.key).sign(asked),
        "no answer": lambda _asked: json.dumps({"id": "x", "rawId": 1, "response": []}),
        "no JSON": lambda _asked: "{",
        "JSON without a floor": lambda _asked: "[" * 6000,
    }
    for what, made in wrong.items():
        client = browser("198.51.100.7")
        page = sent(client, ENTER, credential=made(options(client, ENTER)))
        assert page.context["form"].non_field_errors(), what
        assert "_auth_user_id" not in client.session, what
    client = browser()
    answer = device.sign(options(client, ENTER))
    post(client, ENTER, credential="{}")
    assert_refused(client, answer)  # a challenge is good for one answer
    client = browser()
    answer = device.sign(options(client, ENTER))
    with at_clock(clock.now() + timedelta(minutes=11)):
        assert_refused(client, answer)


def test_a_disabled_account_has_no_passkeys_any_more(owner: Client, cast: Cast) -> None:
    device = Device()
    add(owner, device)
    user, security = Passkey.objects.get().user, cast.actor("security")
    services.disable_account(user.id, actor=security, at=clock.now())
    stranger = browser()
    assert_refused(stranger, device.sign(options(stranger, ENTER)))
    services.enable_account(user.id, actor=security, at=clock.now())
    stranger = browser()
    assert_refused(stranger, device.sign(options(stranger, ENTER)))


PRINCIPAL_ENDS: dict[str, Callable[[Cast, User], object]] = {
    "another is put in charge": lambda cast, _user: move_principal(
        *(PHONE, "13800138055", cast.near.organization_id), actor=cast.actor("bureau"), at=NOON
    ),
    "the organisation goes": lambda cast, _user: release_principal(
        PHONE, cast.near.organization_id, actor=cast.actor("bureau"), at=NOON
    ),
    "the right is taken back": lambda cast, user: services.revoke_grant(
        user.id, user.grants.get(revoked_at__isnull=True).id, actor=cast.actor("security"), at=NOON
    ),
}


@pytest.mark.parametrize("ends", PRINCIPAL_ENDS)
def test_passkeys_go_with_the_last_right(owner: Client, cast: Cast, ends: str) -> None:
    """A number's next holder is let in by codes to that number, whoever had it before by nothing."""
    device, far = Device(), cast.far.organization_id
    add(owner, device)
    user = Passkey.objects.get().user
    ensure_principal(PHONE, far, actor=cast.actor("bureau"), at=NOON)
    release_principal(PHONE, far, actor=cast.actor("bureau"), at=NOON)
    assert Passkey.objects.exists()  # another right is left
    PRINCIPAL_ENDS[ends](cast, user)
    removed = AuditEntry.objects.get(action="access.passkey_removed")
    assert removed.object_id == str(user.id)
    ensure_principal(PHONE, far, actor=cast.actor("bureau"), at=NOON)
    stranger = browser("198.51.100.9")
    assert_refused(stranger, device.sign(options(stranger, ENTER)))


def test_without_a_right_no_passkey_is_added(owner: Client, cast: Cast) -> None:
    user = cast.users["principal"]
    answer = Device().make(options(owner, NEW))
    release_principal(PHONE, cast.near.organization_id, actor=cast.actor("bureau"), at=NOON)
    site, me = Site("testserver", "http://testserver"), cast.actor("principal")
    with refused(NOT_FOUND.code):
        passkeys.add_passkey(user, answer, label="mine", challenge=b"any", site=site, actor=me, at=NOON)


def test_nothing_is_added_that_does_not_fit(owner: Client) -> None:
    asked = options(owner, NEW)
    other = json.dumps({**json.loads(asked), "challenge": "AAAA"})
    for answer in (
        Device().make(other),
        Device().make(options(owner, NEW), origin="https://testserver.example"),
        Device(flags=PRESENT).make(options(owner, NEW)),
        "{}",
    ):
        page = sent(owner, NEW, label="my phone", credential=answer)
        assert page.context["form"].non_field_errors()
    assert not Passkey.objects.exists()
    for number in range(MOST):
        add(owner, Device(credential_id=f"device {number}".encode()))
    page = add(owner, Device(credential_id=b"one more"))
    assert "passkeys already" in page.context["form"].non_field_errors()[0]
    assert Passkey.objects.count() == MOST


def test_nobody_removes_or_takes_up_the_passkey_of_another(owner: Client, cast: Cast) -> None:
    device = Device()
    add(owner, device)
    passkey = Passkey.objects.get()
    with refused(NOT_FOUND.code):
        passkeys.remove_passkey(cast.users["town"], passkey.id, actor=cast.actor("town"), at=clock.now())
    assert Passkey.objects.filter(id=passkey.id).exists()
    assert add(owner, device).context["form"].non_field_errors()  # the same once more


def test_officers_have_no_passkeys(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    officer = browser()
    post(officer, "/sign-in", username=cast.users["town"].username, password=PASSWORD)
    assert "Passkeys" not in officer.get("/me").content.decode()
    assert post(officer, f"/me/confirm?next={NEW}", proof=PASSWORD)["Location"] == NEW
    assert officer.get(NEW).status_code == 404


def test_an_open_browser_is_not_enough(owner: Client) -> None:
    """Ten minutes after the proof, or in a session without one, nothing of the owner's is changed."""
    add(owner, Device())
    passkey, later = Passkey.objects.get(), clock.now() + timedelta(minutes=11)
    with at_clock(later):
        for act in ("/me/sessions/end", f"/me/passkeys/{passkey.id}/remove", NEW):
            assert post(owner, act)["Location"].startswith("/me/confirm?next=%2Fme"), act
        wrong = sent(owner, "/me/confirm?next=/me", proof="000000")
        assert wrong.context["form"].errors["proof"]
        assert post(owner, "/me/sessions/end")["Location"].startswith("/me/confirm")
    assert Passkey.objects.filter(id=passkey.id).exists()
