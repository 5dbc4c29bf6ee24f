"""No single administrator makes a puppet that may do everything (A5): every way found, alone and by two."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.access import rules, services
from outpost.access.models import ApiToken, Grant, GrantRequest, User
from outpost.access.queries import actor_of
from outpost.access.scopes import Scope
from outpost.access.services import accounts, grants
from outpost.access.services.grants import PATIENCE
from outpost.access.tests.support import enrolled, refused
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.notifications.jobs import tell_wide_right
from outpost.notifications.models import InboxMessage
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("A5")]

EVERYTHING, DISTRICT = Scope("everything"), Scope("region", "440115")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def second(cast: Cast) -> Actor:
    """Another security administrator."""
    user = User.objects.create(username="second", created_at=NOON)
    services.grant_role(user.id, "security", EVERYTHING, actor=Actor.system("test"), at=NOON)
    return actor_of(user, is_verified=True)


@pytest.mark.rules
@pytest.mark.parametrize(
    ("role", "kind", "key", "is_wide"),
    [
        ("command", "everything", "", True), ("command", "region", "440115", True), ("command", "region", "44", True),
        ("town", "region", "440115", True), ("command", "region", "440115001", False),
        ("town", "region", "440115001G001", False), ("bureau", "department", "market", False),
        ("bureau", "category", "cold", False), ("principal", "organization", "x", False),
        ("feeder", "everything", "", False), ("feeder", "source", "lims", False),
        ("security", "everything", "", True), ("operator", "everything", "", True), ("auditor", "everything", "", True),
    ],
)  # fmt: skip
def test_what_reaches_far(role: str, kind: str, key: str, is_wide: bool) -> None:
    assert rules.is_wide(role, kind, key) is is_wide


def test_one_security_administrator_alone_makes_no_puppet(cast: Cast) -> None:
    security, puppet = cast.actor("security"), cast.users["outsider"].id
    before = set(Grant.objects.values_list("id", flat=True))
    for role, scope in (
        ("command", EVERYTHING),
        ("command", DISTRICT),
        ("town", DISTRICT),
        ("security", EVERYTHING),
    ):
        with refused("access.takes_two"):
            services.grant_role(puppet, role, scope, actor=security, at=NOON)
        request = services.ask_for_grant(puppet, role, scope, actor=security, at=NOON)
        with refused("core.not_found"):
            services.decide_grant(request.id, is_agreed=True, actor=security, at=NOON)
    with refused("access.token_at_the_server"):
        services.create_token("t", "command", EVERYTHING, days=1, actor=security, at=NOON)
    assert set(Grant.objects.values_list("id", flat=True)) == before
    assert not ApiToken.objects.exists()


OFFICERS = (("bureau", Scope("department", "market")), ("town", Scope("region", "440115001")))


@pytest.mark.parametrize(("role", "scope"), OFFICERS)
def test_beside_a_second_administrator_nobody_makes_an_officer_alone(
    cast: Cast, second: Actor, role: str, scope: Scope
) -> None:
    """Nor after having put the second one out just now; whoever was alone for a week is, and is told of."""
    security, user = cast.actor("security"), User.objects.create(username="clerk", created_at=NOON)
    with refused("access.takes_two"):
        services.grant_role(user.id, role, scope, actor=security, at=NOON)
    with refused("access.token_at_the_server"):
        services.create_token("t", role, scope, days=1, actor=security, at=NOON)
    request = services.ask_for_grant(user.id, role, scope, actor=security, at=NOON)
    with refused("core.not_found"):
        services.decide_grant(request.id, is_agreed=True, actor=security, at=NOON)
    services.disable_account(UUID(second.id.removeprefix("user:")), actor=security, at=NOON)
    with refused("access.takes_two"):
        services.grant_role(user.id, role, scope, actor=security, at=LATER)
    assert services.grant_role(user.id, role, scope, actor=security, at=NOON + PATIENCE).role == role


def test_the_only_administrator_gives_officers_rights_alone_and_is_told_of(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    for module in (grants, accounts):
        monkeypatch.setattr(module, "announce", lambda _event, *, state, **_more: told.append(state))
    user = User.objects.create(username="clerk", created_at=NOON)
    for role, scope in OFFICERS:
        services.grant_role(user.id, role, scope, actor=cast.actor("security"), at=NOON)
    services.reset_second_factor(user.id, actor=cast.actor("security"), at=NOON)
    assert told == ["alone", "alone", "factor"]
    services.grant_role(user.id, "town", Scope("region", "440115100"), actor=Actor.system("test"), at=NOON)
    assert len(told) == 3


def test_nobody_becomes_an_account_that_reaches_far(cast: Cast, settings: Settings) -> None:
    """A new password and no second factor any more would be the same as the right."""
    settings.OUTPOST_SECOND_FACTOR = "off"
    enrolled(cast.users["command"], NOON)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users["security"])
    answer = client.post(f"/accounts/{cast.users['command'].id}/authenticator")
    assert answer.status_code in {302, 403}
    assert User.objects.get(username="command").sealed_totp is not None
    services.reset_second_factor(cast.users["command"].id, actor=Actor.system("command-line"), at=NOON)
    assert User.objects.get(username="command").sealed_totp is None


def test_two_give_it_once_and_it_stands_in_the_audit(cast: Cast, second: Actor) -> None:
    user = cast.users["outsider"]
    request = services.ask_for_grant(user.id, "command", DISTRICT, actor=cast.actor("security"), at=NOON)
    with refused("access.already_granted"):
        services.ask_for_grant(user.id, "command", DISTRICT, actor=cast.actor("security"), at=NOON)
    for who in ("command", "operator", "auditor", "outsider"):
        with refused("core.forbidden"):
            services.decide_grant(request.id, is_agreed=True, actor=cast.actor(who), at=LATER)
    grant = services.decide_grant(request.id, is_agreed=True, actor=second, at=LATER)
    assert grant is not None
    assert (grant.role, grant.scope_key, grant.granted_by) == ("command", "440115", second.id)
    with refused("core.not_found"):
        services.decide_grant(request.id, is_agreed=True, actor=second, at=LATER)
    entry = AuditEntry.objects.get(action="access.grant_agreed")
    assert (entry.actor_id, entry.detail["asked_by"]) == (second.id, cast.actor("security").id)


def test_what_is_declined_late_or_for_oneself_is_not_given(cast: Cast, second: Actor) -> None:
    user, security = cast.users["outsider"], cast.actor("security")
    declined = services.ask_for_grant(user.id, "command", DISTRICT, actor=security, at=NOON)
    assert services.decide_grant(declined.id, is_agreed=False, actor=second, at=LATER) is None
    late = services.ask_for_grant(user.id, "command", DISTRICT, actor=security, at=NOON)
    with refused("core.not_found"):
        services.decide_grant(late.id, is_agreed=True, actor=second, at=NOON + PATIENCE)
    own = GrantRequest.objects.create(
        user_id=second.id.removeprefix("user:"), role="auditor", scope_kind="everything",
        asked_by=security.id, asked_label="s", asked_at=NOON,
    )  # fmt: skip
    with refused("access.not_to_yourself"):
        services.decide_grant(own.id, is_agreed=True, actor=second, at=LATER)
    assert not Grant.objects.filter(user=user).exists()


def test_the_auditor_and_the_command_group_are_told(cast: Cast) -> None:
    for state in ("asked", "agreed", "declined", "alone", "factor"):
        tell_wide_right("some-request", state)
        assert InboxMessage.objects.filter(template=f"access.wide_right_{state}").count() == 3
    told = InboxMessage.objects.filter(template="access.wide_right_agreed")
    assert set(told.values_list("user__username", flat=True)) == {"security", "auditor", "command"}


def test_the_pages_let_it_wait_and_the_other_agrees(cast: Cast, second: Actor, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    user, first, other = cast.users["outsider"], Client(), Client()
    first.force_login(cast.users["security"])
    other.force_login(User.objects.get(username="second"))
    first.post(f"/accounts/{user.id}/grants", {"role": "command", "scope": "region:440115"})
    request = GrantRequest.objects.get()
    assert first.get("/accounts/waiting").context["rows"] == []
    assert [row.id for row in other.get("/accounts/waiting").context["rows"]] == [request.id]
    assert other.post(f"/accounts/waiting/{request.id}", {"agree": "1"})["Location"] == "/accounts/waiting"
    assert Grant.objects.get(user=user, revoked_at__isnull=True).role == "command"
