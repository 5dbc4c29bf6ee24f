"""Accounts, grants and tokens: what works, what is refused, what the audit keeps (T8, A4)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from outpost.access import account_rows, queries, scopes, services
from outpost.access.models import ApiToken, Grant, Session, User
from outpost.access.rules import SOURCE
from outpost.access.scopes import Scope
from outpost.access.tests.support import HERE, refused
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.regions.rules import REGION
from outpost.testing.cast import NOON, PASSWORD, Cast

TOWN = Scope("region", "440115001")
LIMS = Scope("source", "lims")
EVERYTHING = Scope("everything")
LATER = NOON + timedelta(hours=1)


def audited(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("seq"))


def epoch(user: User) -> int:
    return User.objects.values_list("session_epoch", flat=True).get(id=user.id)


def test_officer_begins_without_rights_and_with_an_initial_password(cast: Cast) -> None:
    user, password = services.create_officer(" Zhang.San ", "一所", actor=cast.actor("security"), at=NOON)
    assert user.username == "zhang.san"
    assert user.must_change_password
    assert user.check_password(password)
    assert len(password) == 16
    assert queries.actor_of(user, is_verified=True).reaches == {}
    (entry,) = audited("access.account_created")
    assert entry.object_id == str(user.id)
    assert password not in str(entry.detail)


@pytest.mark.parametrize("name", ["", "x", "1abc", "with space", "a" * 41, "名字", "a\u0000b"])
def test_user_name_must_be_plain(cast: Cast, name: str) -> None:
    with refused("access.username_malformed"):
        services.create_officer(name, actor=cast.actor("security"), at=NOON)


def test_user_name_and_phone_stand_once(cast: Cast) -> None:
    with refused("access.username_taken", username="town"):
        services.create_officer("Town", actor=cast.actor("security"), at=NOON)
    with refused("access.phone_taken"):
        services.create_phone_account("+86 13800138001", actor=cast.actor("security"), at=NOON)


@pytest.mark.promise("V8")
def test_phone_account_is_known_by_its_masked_phone(cast: Cast) -> None:
    user = services.create_phone_account("13800138077", actor=cast.actor("security"), at=NOON)
    row = account_rows.account(user.id, actor=cast.actor("security"))
    assert row.name == "138****8077"
    assert row.is_phone
    assert "13800138077" not in str(User.objects.filter(id=user.id).values().get())
    assert not user.has_usable_password()


@pytest.mark.promise("T8")
@pytest.mark.parametrize(
    "role", ["command", "bureau", "town", "principal", "feeder", "operator", "auditor", "outsider"]
)
def test_only_the_security_administrator_manages_accounts(cast: Cast, role: str) -> None:
    actor, victim = cast.actor(role), cast.users["town"].id
    grant = Grant.objects.filter(user_id=victim).get()
    before = list(User.objects.order_by("id").values()), list(Grant.objects.order_by("id").values())
    forbidden = "core.forbidden"
    with refused(forbidden, action="access.manage"):
        services.create_officer("another", actor=actor, at=NOON)
    with refused(forbidden):
        services.create_phone_account("13800138077", actor=actor, at=NOON)
    with refused(forbidden):
        services.grant_role(victim, "command", EVERYTHING, actor=actor, at=NOON)
    with refused(forbidden):
        services.revoke_grant(victim, grant.id, actor=actor, at=NOON)
    for service in (
        services.disable_account,
        services.enable_account,
        services.reset_password,
        services.reset_second_factor,
    ):
        with refused(forbidden):
            service(victim, actor=actor, at=NOON)
    with refused(forbidden):
        services.create_token("t", "feeder", EVERYTHING, days=1, actor=actor, at=NOON)
    assert before == (list(User.objects.order_by("id").values()), list(Grant.objects.order_by("id").values()))
    assert not account_rows.accounts(actor=actor).exists()
    assert account_rows.tokens(actor=actor, at=NOON) == []


@pytest.mark.promise("T8")
def test_security_administrator_touches_nothing_of_their_own(cast: Cast) -> None:
    actor, own = cast.actor("security"), cast.users["security"].id
    grant = Grant.objects.get(user_id=own)
    with refused("access.not_to_yourself"):
        services.grant_role(own, "auditor", EVERYTHING, actor=actor, at=NOON)
    with refused("access.not_to_yourself"):
        services.revoke_grant(own, grant.id, actor=actor, at=NOON)
    for service in (services.disable_account, services.reset_password, services.reset_second_factor):
        with refused("access.not_to_yourself"):
            service(own, actor=actor, at=NOON)
    assert list(Grant.objects.filter(user_id=own, revoked_at__isnull=True)) == [grant]


@pytest.mark.promise("T8")
def test_operation_rights_and_audit_stay_apart(cast: Cast) -> None:
    security = cast.actor("security")
    for name, role in [("town", "auditor"), ("operator", "auditor"), ("auditor", "operator")]:
        with refused("access.duties_clash"):
            services.grant_role(cast.users[name].id, role, EVERYTHING, actor=security, at=NOON)
    with refused("access.duties_clash"):
        services.grant_role(cast.users["auditor"].id, "town", TOWN, actor=security, at=NOON)
    auditor = cast.users["auditor"].id
    services.revoke_grant(auditor, Grant.objects.get(user_id=auditor).id, actor=security, at=NOON)
    services.grant_role(cast.users["auditor"].id, "town", TOWN, actor=security, at=LATER)


@pytest.mark.promise("T8")
@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("town", EVERYTHING),
        ("bureau", EVERYTHING),
        ("bureau", TOWN),
        ("feeder", TOWN),
        ("town", LIMS),
        ("principal", EVERYTHING),
        ("security", TOWN),
        ("command", Scope("department", "market")),
    ],
)
def test_a_role_is_given_over_what_fits_it(cast: Cast, role: str, scope: Scope) -> None:
    with refused("access.scope_unfit"):
        services.grant_role(cast.users["outsider"].id, role, scope, actor=cast.actor("security"), at=NOON)


def test_scope_must_exist(cast: Cast) -> None:
    security, user_id = cast.actor("security"), cast.users["outsider"].id
    for role, scope in [
        ("town", Scope("region", "999999")),
        ("town", Scope("region", "")),
        ("bureau", Scope("department", "nobody")),
        ("principal", Scope("organization", str(uuid4()))),
        ("principal", Scope("organization", "not a uuid")),
        ("command", Scope("everything", "440115")),
    ]:
        with refused("access.scope_unknown"):
            services.grant_role(user_id, role, scope, actor=security, at=NOON)
    with refused("access.role_unknown"):
        services.grant_role(user_id, "king", EVERYTHING, actor=security, at=NOON)
    with refused("core.not_found"):
        services.grant_role(uuid4(), "town", TOWN, actor=security, at=NOON)
    with refused("core.not_found"):
        services.revoke_grant(user_id, uuid4(), actor=security, at=NOON)


@pytest.mark.promise("T1")
def test_a_right_is_taken_back_from_the_account_that_holds_it_only(cast: Cast) -> None:
    grant, other = Grant.objects.get(user=cast.users["town"]), cast.users["outsider"].id
    with refused("core.not_found"):
        services.revoke_grant(other, grant.id, actor=cast.actor("security"), at=NOON)
    grant.refresh_from_db()
    assert grant.revoked_at is None
    assert audited("access.revoked") == []


@pytest.mark.promise("A4")
def test_giving_and_taking_a_right_is_recorded_and_ends_sessions(cast: Cast) -> None:
    user, security = cast.users["outsider"], cast.actor("security")
    Session(session_key="s", session_data="", expire_date=LATER, user_id=user.id).save()
    grant = services.grant_role(user.id, "town", TOWN, actor=security, at=NOON)
    assert epoch(user) == user.session_epoch + 1
    assert not Session.objects.filter(user_id=user.id).exists()
    assert queries.actor_of(user, is_verified=True).reach("sentinel.see_staff").keys(REGION) == {"440115001"}
    assert not queries.actor_of(user, is_verified=False).may("sentinel.see_staff")
    with refused("access.already_granted"):
        services.grant_role(user.id, "town", TOWN, actor=security, at=LATER)
    services.revoke_grant(user.id, grant.id, actor=security, at=LATER)
    services.revoke_grant(user.id, grant.id, actor=security, at=LATER)  # repeating is harmless
    assert epoch(user) == user.session_epoch + 2
    assert queries.actor_of(user, is_verified=True).reaches == {}
    (given,), (taken,) = audited("access.granted"), audited("access.revoked")
    assert given.detail == taken.detail == {"role": "town", "scope": "region:440115001"}
    assert given.object_id == taken.object_id == str(user.id)
    assert given.actor_id == security.id


@pytest.mark.promise("A4")
def test_disabling_ends_sessions_and_enabling_brings_the_rights_back(cast: Cast) -> None:
    user, security = cast.users["town"], cast.actor("security")
    services.disable_account(user.id, actor=security, at=NOON)
    services.disable_account(user.id, actor=security, at=LATER)
    row = User.objects.get(id=user.id)
    assert (row.is_active, row.disabled_at, row.session_epoch) == (False, NOON, user.session_epoch + 1)
    with refused("access.wrong_password"):
        services.check_password("town", PASSWORD, address=HERE, at=NOON)
    services.enable_account(user.id, actor=security, at=LATER)
    services.enable_account(user.id, actor=security, at=LATER)
    assert services.check_password("town", PASSWORD, address=HERE, at=NOON) == user
    assert len(audited("access.account_disabled")) == len(audited("access.account_enabled")) == 1


def test_resets_hand_out_new_secrets_and_end_the_old(cast: Cast) -> None:
    user, security = cast.users["town"], cast.actor("security")
    User.objects.filter(id=user.id).update(sealed_totp=b"x", recovery_code_hashes=["x"])
    password = services.reset_password(user.id, actor=security, at=NOON)
    services.reset_second_factor(user.id, actor=security, at=NOON)
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
    assert (user.sealed_totp, user.recovery_code_hashes, user.session_epoch) == (None, [], 2)
    with refused("core.not_found"):
        services.reset_password(cast.users["principal"].id, actor=security, at=NOON)


@pytest.mark.promise("A4")
def test_there_is_no_account_before_the_first_administrator(db: None) -> None:
    assert not User.objects.exists()
    made = services.first_administrator(at=NOON)
    assert made is not None
    name, password = made
    user = User.objects.get()
    assert name == user.username == "admin"
    assert user.check_password(password)
    assert user.must_change_password
    assert queries.actor_of(user, is_verified=True).may("access.manage")
    assert not queries.actor_of(user, is_verified=False).reaches
    assert services.first_administrator(at=LATER) is None
    assert len(audited("access.granted")) == 1


@pytest.mark.promise("A4")
def test_initial_passwords_differ(db: None, cast: Cast) -> None:
    made = [services.create_officer(f"o{n}", actor=cast.actor("security"), at=NOON)[1] for n in range(20)]
    assert len(set(made)) == 20


def test_token_works_until_it_expires_or_is_revoked(cast: Cast) -> None:
    security = cast.actor("security")
    token, secret = services.create_token("lab", "feeder", LIMS, days=30, actor=security, at=NOON)
    assert secret not in str(ApiToken.objects.filter(id=token.id).values().get())
    actor = queries.token_actor(secret, address=HERE, at=NOON)
    assert actor is not None
    assert actor.reach("health.record_facts").keys(SOURCE) == {"lims"}
    assert not actor.may("sentinel.see_staff")
    end = NOON + timedelta(days=30)
    assert queries.token_actor(secret, address=HERE, at=end - timedelta(seconds=1)) is not None
    assert queries.token_actor(secret, address=HERE, at=end) is None
    assert queries.token_actor(secret + "x", address=HERE, at=NOON) is None
    services.revoke_token(token.id, actor=security, at=LATER)
    services.revoke_token(token.id, actor=security, at=LATER)
    assert queries.token_actor(secret, address=HERE, at=LATER) is None
    assert [row.state for row in account_rows.tokens(actor=security, at=LATER)] == ["revoked"]
    (created,), (revoked,) = audited("access.token_created"), audited("access.token_revoked")
    assert created.object_id == revoked.object_id == str(token.id)
    assert secret not in str(created.detail)
    with refused("core.not_found"):
        services.revoke_token(uuid4(), actor=security, at=NOON)


@pytest.mark.promise("T8")
@pytest.mark.parametrize("role", ["security", "auditor", "operator"])
def test_machines_are_no_administrators(cast: Cast, role: str) -> None:
    with refused("access.token_role"):
        services.create_token("t", role, EVERYTHING, days=1, actor=Actor.system("test"), at=NOON)


def test_scopes_are_offered_by_name_and_read_from_text(cast: Cast) -> None:
    offered = {value: name for _group, pairs in scopes.choices() for value, name in pairs}
    assert offered["region:440115001"] == "南沙街道"
    assert offered["department:market"] == "市场监督管理局"
    assert "region:440106" not in offered  # another district
    assert scopes.parse("everything") == EVERYTHING
    assert scopes.parse(" region:440115001 ") == scopes.parse("440115001") == TOWN
    for text in ("", "region", "region:", "everything:1", "king:1", "category:nothing"):
        with refused("access.scope_unknown"):
            scopes.parse(text)
    gone = Scope("department", "gone")
    names = scopes.names_of([TOWN, gone, EVERYTHING])
    assert names[TOWN] == "南沙街道"
    assert names[gone] == "gone"
    assert names[EVERYTHING]


def test_a_token_without_days_ends_after_a_year(cast: Cast) -> None:
    token, secret = services.create_token(
        "lab", "feeder", LIMS, days=None, actor=cast.actor("security"), at=NOON
    )
    assert token.expires_at == NOON + timedelta(days=365)
    assert queries.token_actor(secret, address=HERE, at=NOON + timedelta(days=366)) is None
