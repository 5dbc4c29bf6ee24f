"""Sessions end when they must, and their cookies are guarded (A4)."""

import subprocess
import sys
from datetime import timedelta
from http.cookies import Morsel

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.access.jobs import sweep
from outpost.access.middleware import address_of
from outpost.access.models import Grant, Session
from outpost.access.scopes import Scope
from outpost.access.services.second_factor import code_at
from outpost.access.tests.support import SECRET, at_clock, browser, post, sent, signed_in
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.testing.cast import PASSWORD, Cast
from outpost.testing.prepared import environment

pytestmark = pytest.mark.promise("A4")


def replay(client: Client) -> int:
    """What a copy of the browser's cookies is answered: 200, or 302 to the sign-in page."""
    thief = browser()
    thief.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    return thief.get("/me").status_code


def test_signing_out_ends_all_sessions_of_the_account(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    phone, desk = browser(), browser()
    for client in (phone, desk):
        post(client, "/sign-in", username="town", password=PASSWORD)
    copy = {name: morsel.value for name, morsel in desk.cookies.items()}
    assert replay(phone) == replay(desk) == 200
    assert post(desk, "/sign-out")["Location"] == "/sign-in"
    assert replay(phone) == replay(desk) == 302
    desk.cookies.load(copy)
    assert desk.get("/me").status_code == 302
    assert AuditEntry.objects.get(action="access.signed_out").object_id == str(cast.users["town"].id)


def test_disabling_ends_sessions_with_the_next_request(cast: Cast) -> None:
    client = signed_in(cast.users["town"], PASSWORD)
    services.disable_account(cast.users["town"].id, actor=cast.actor("security"), at=clock.now())
    assert replay(client) == 302


def test_a_new_right_and_a_lost_right_end_sessions_with_the_next_request(cast: Cast) -> None:
    user, security = cast.users["town"], cast.actor("security")
    client = signed_in(user, PASSWORD)
    scope = Scope("region", "440115100")
    grant = services.grant_role(user.id, "town", scope, actor=security, at=clock.now())
    assert replay(client) == 302
    later = clock.now() + timedelta(minutes=1)
    with at_clock(later):
        post(client, "/sign-in", username="town", password=PASSWORD)
        post(client, "/sign-in/code", code=code_at(SECRET, later))
        assert client.get("/me").status_code == 200
        services.revoke_grant(user.id, grant.id, actor=security, at=later)
        assert replay(client) == 302


@pytest.mark.promise("T8")
def test_a_right_that_is_gone_is_gone_even_inside_a_session(cast: Cast) -> None:
    client = signed_in(cast.users["auditor"], PASSWORD)
    assert client.get("/audit/").status_code == 200
    Grant.objects.filter(user=cast.users["auditor"]).update(revoked_at=clock.now())
    assert client.get("/audit/").status_code == 403


def test_changing_the_password_keeps_this_session_and_ends_the_others(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    here, there = browser(), browser()
    for client in (here, there):
        post(client, "/sign-in", username="town", password=PASSWORD)
    strong = "eleven green bottles"
    form = {"old_password": "wrong", "new_password": strong, "repeated": strong}
    assert "password is wrong" in sent(here, "/me/password", **form).context["form"].errors["old_password"][0]
    assert replay(there) == 200
    assert post(here, "/me/password", **form | {"old_password": PASSWORD})["Location"] == "/me"
    assert here.get("/me").status_code == 200
    assert replay(there) == 302
    assert AuditEntry.objects.filter(action="access.password_changed").count() == 1


def test_own_sessions_are_listed_and_the_others_can_be_ended(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    here, there = browser(), browser()
    for client in (here, there):
        post(client, "/sign-in", username="town", password=PASSWORD)
    listed = here.get("/me").context["sessions"]
    assert [row.is_current for row in listed].count(True) == 1
    assert len(listed) == 2
    confirm = "/me/confirm?next=%2Fme"
    assert post(here, "/me/sessions/end")["Location"] == confirm
    assert sent(here, confirm, proof="wrong").context["form"].errors["proof"]
    assert post(here, "/me/sessions/end")["Location"] == confirm
    assert replay(there) == 200  # an open browser alone ends nobody's sessions
    assert post(here, confirm, proof=PASSWORD)["Location"] == "/me"
    assert post(here, "/me/sessions/end")["Location"] == "/me"
    assert replay(there) == 302
    assert len(here.get("/me").context["sessions"]) == 1


def test_a_session_dies_after_thirty_idle_minutes_and_lives_on_when_used(cast: Cast) -> None:
    client = signed_in(cast.users["town"], PASSWORD)
    row = Session.objects.get(user_id=cast.users["town"].id)
    assert timedelta(minutes=29) < row.expire_date - clock.now() <= timedelta(minutes=30)
    Session.objects.update(expire_date=clock.now() + timedelta(minutes=5))
    assert client.get("/me").status_code == 200
    row.refresh_from_db()
    assert row.expire_date - clock.now() < timedelta(minutes=6)  # not written with every request
    with at_clock(clock.now() + timedelta(seconds=61)):
        client.get("/me")
    row.refresh_from_db()
    assert row.expire_date - clock.now() > timedelta(minutes=29)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert replay(client) == 302


def test_cookies_are_guarded(cast: Cast, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = browser()
    client.get("/sign-in")
    post(client, "/sign-in/phone", phone="13800138001", ask="1")
    post(client, "/sign-in", username="town", password=PASSWORD)
    guarded: dict[str, Morsel[str]] = dict(client.cookies.items())
    assert set(guarded) == {"csrftoken", "device", "sessionid"}
    for cookie in guarded.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_signing_in_changes_the_session_key(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    client = browser()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    post(client, "/sign-in", username="town", password=PASSWORD)
    assert client.session.session_key != before
    assert "planted" not in client.session


def test_forged_device_cookie_counts_as_none(cast: Cast) -> None:
    client = browser()
    client.cookies["device"] = "owner:forged"
    response = post(client, "/sign-in/phone", phone="13800138001", ask="1")
    assert response.cookies["device"].value != "owner:forged"


def test_sweep_deletes_expired_sessions(cast: Cast) -> None:
    signed_in(cast.users["town"], PASSWORD)
    sweep(timestamp=0)
    assert Session.objects.count() == 1
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    sweep(timestamp=0)
    assert Session.objects.count() == 0


def test_a_sign_in_ends_however_busy_it_is(cast: Cast) -> None:
    """Sessions had no absolute life: one that was used every half hour lived for ever."""
    begun = clock.now()
    client = signed_in(cast.users["town"], PASSWORD)
    for quarters in range(4 * 12):
        with at_clock(begun + timedelta(minutes=15 * quarters)):
            assert client.get("/me").status_code == 200
    with at_clock(begun + timedelta(hours=12, minutes=1)):
        assert client.get("/me").status_code == 302
    assert replay(client) == 302


def test_with_tls_cookies_hold_for_this_host_alone() -> None:
    names_of = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.OUTPOST_DEVICE_COOKIE"
    shown = f"print({names_of}, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    command = [sys.executable, "-c", f"from outpost.config import settings as s; {shown}"]
    for tls, prefix in (("proxy", "__Host-"), ("own", "__Host-"), ("none", "")):
        done = subprocess.run(
            command, env=environment(OUTPOST_TLS=tls), capture_output=True, text=True, check=True
        )
        names = [f"{prefix}{name}" for name in ("sessionid", "csrftoken", "device")]
        assert done.stdout.split() == [*names, str(tls != "none")]


def test_whatever_a_caller_says_of_their_address_ours_counts(settings: Settings) -> None:
    """Else an attacker picks a new one for each guess, or a victim's to have it locked."""
    stated = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7, 198.51.100.1, 192.0.2.9"}
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(stated) == "192.0.2.9"
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(stated) == "127.0.0.1"
