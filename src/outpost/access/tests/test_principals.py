"""The enterprise side's accounts follow the organisations' phones."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outpost.access import services
from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.access.services import Holder
from outpost.access.services.principals import give_back_principals
from outpost.access.tests.support import ensure_principal, move_principal, refused, release_principal
from outpost.audit.models import AuditEntry
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.regions.rules import ORGANIZATION
from outpost.testing.cast import NOON, Cast

OLD, NEW = "13800138001", "13800138055"  # OLD is the cast's principal


def holder(phone: str) -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", phone))


def organizations(phone: str) -> set[UUID]:
    reach = actor_of(holder(phone), is_verified=False).reach("sentinel.see_staff")
    return {UUID(key) for key in reach.keys(ORGANIZATION)}


def test_entering_an_organisation_makes_the_account_of_its_principal(cast: Cast) -> None:
    actor, far = cast.actor("bureau"), cast.far.organization_id
    ensure_principal(NEW, far, actor=actor, at=NOON)
    assert organizations(NEW) == {far}
    ensure_principal(NEW, far, actor=actor, at=NOON)
    assert Grant.objects.filter(user=holder(NEW)).count() == 1
    entry = AuditEntry.objects.get(action="access.principals_assigned")
    assert (entry.object_id, entry.count, entry.actor_id) == (str(far), 1, actor.id)
    assert entry.detail == {"granted": 1, "revoked": 0}


def test_changing_the_phone_moves_the_right_and_ends_the_sessions(cast: Cast) -> None:
    near = cast.near.organization_id
    before = holder(OLD).session_epoch
    move_principal(OLD, NEW, near, actor=cast.actor("bureau"), at=NOON)
    assert organizations(NEW) == {near}
    assert organizations(OLD) == set()
    assert holder(OLD).session_epoch == before + 1
    move_principal(NEW, OLD, near, actor=cast.actor("bureau"), at=NOON + timedelta(hours=1))
    assert organizations(OLD) == {near}
    assert organizations(NEW) == set()


def test_one_phone_may_answer_for_several_organisations(cast: Cast) -> None:
    near, far = cast.near.organization_id, cast.far.organization_id
    ensure_principal(OLD, far, actor=cast.actor("bureau"), at=NOON)
    assert organizations(OLD) == {near, far}
    release_principal(OLD, near, actor=cast.actor("bureau"), at=NOON)
    assert organizations(OLD) == {far}


def test_moving_to_the_same_phone_changes_nothing(cast: Cast) -> None:
    before = holder(OLD).session_epoch
    move_principal(OLD, OLD, cast.near.organization_id, actor=cast.actor("bureau"), at=NOON)
    assert holder(OLD).session_epoch == before
    assert not AuditEntry.objects.filter(action="access.principals_assigned").exists()


def test_other_rights_over_the_organisation_stay(cast: Cast) -> None:
    near = cast.near.organization_id
    ensure_principal(NEW, near, actor=cast.actor("bureau"), at=NOON)  # a deputy
    move_principal(OLD, "13800138066", near, actor=cast.actor("bureau"), at=NOON)
    assert organizations(NEW) == {near}


@pytest.mark.parametrize("count", [2, 300])
def test_a_whole_file_takes_a_fixed_number_of_queries(cast: Cast, count: int) -> None:
    principals = [Holder(new_id(), f"139{number:08}", OLD) for number in range(count)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert services.assign_principals(principals, actor=cast.actor("bureau"), at=NOON) == count
    assert len(queries) <= 16
    assert User.objects.filter(username__startswith="phone-").count() == count
    assert services.assign_principals(principals, actor=cast.actor("bureau"), at=NOON) == 0


@pytest.mark.promise("A5")
@pytest.mark.parametrize("role", ["operator", "security", "auditor"])
def test_a_phone_that_keeps_rights_or_audit_becomes_no_principal(cast: Cast, role: str) -> None:
    """Whoever entered an organisation with an auditor's phone gave that account a principal's right as well."""
    account = services.create_phone_account(NEW, actor=cast.actor("security"), at=NOON)
    Grant.objects.create(user=account, role=role, scope_kind="everything", granted_by="test", granted_at=NOON)
    near, actor = cast.near.organization_id, cast.actor("bureau")
    with refused("access.duties_of_phone"):
        ensure_principal(NEW, near, actor=actor, at=NOON)
    with refused("access.duties_of_phone"):
        move_principal(OLD, NEW, near, actor=actor, at=NOON)
    assert organizations(OLD) == {near}
    assert not Grant.objects.filter(user=account, role="principal").exists()


@pytest.mark.promise("A5")
def test_what_is_given_back_goes_to_no_auditor(cast: Cast) -> None:
    near, actor = cast.near.organization_id, cast.actor("bureau")
    release_principal(OLD, near, actor=actor, at=NOON)
    Grant.objects.create(
        user=holder(OLD), role="auditor", scope_kind="everything", granted_by="test", granted_at=NOON
    )
    assert give_back_principals([near], ended_at=NOON, actor=actor, at=NOON + timedelta(hours=1)) == 0
    assert organizations(OLD) == set()
