"""Pure rules: roles that must not meet, what fits what, how locks grow."""

from datetime import timedelta

import pytest

from outpost.access import rules, scopes
from outpost.access.throttle import PASSCODE_TRIES, STRANGER_TRIES, Limit, source_of
from outpost.core.rights import Role

pytestmark = pytest.mark.rules


@pytest.mark.promise("T8")
def test_administration_stands_alone_on_an_account() -> None:
    for alone in rules.ADMINISTRATION:
        for other in set(Role) - {alone}:
            assert rules.clashing_role([other], alone) == other
            assert rules.clashing_role([alone], other) == alone
        assert rules.clashing_role([alone], alone) is None
    assert rules.clashing_role([Role.TOWN, Role.BUREAU], Role.COMMAND) is None
    assert rules.clashing_role([], Role.AUDITOR) is None


@pytest.mark.promise("T8")
def test_administrators_reach_no_personal_data_and_auditors_change_nothing() -> None:
    def actions(role: Role) -> set[str]:
        return {action for action, roles in rules.PERMISSIONS.items() if role in roles}

    running = {"operation.see_jobs", "notifications.edit_channels", "notifications.see_deliveries"}
    assert actions(Role.OPERATOR) == {"sentinel.run_match", "account.use", *running}
    assert actions(Role.SECURITY) == {"access.manage", "account.use", "notifications.agree_channels"}
    assert actions(Role.AUDITOR) == {"audit.see", "account.use"}


@pytest.mark.promise("A2")
def test_every_role_that_sees_more_than_its_own_enterprise_needs_a_second_factor() -> None:
    assert (
        frozenset(Role)
        - {Role.PRINCIPAL, Role.MANAGER, Role.INSPECTOR, Role.FEEDER}
        - {Role.SITE_LEAD, Role.SITE_SUPERVISOR, Role.SITE_USER}
        == rules.SECOND_FACTOR_ROLES
    )


def test_every_role_has_scopes_that_it_can_be_given_over() -> None:
    assert all(scopes.kinds_of(role) for role in Role)


def test_locks_double_up_to_an_hour() -> None:
    locks = [PASSCODE_TRIES.lock_after(count) for count in (4, 5, 6, 7, 10, 11, 12, 500)]
    minutes = [None if lock is None else lock // timedelta(minutes=1) for lock in locks]
    assert minutes == [None, 1, 2, 4, 32, 60, 60, 60]
    assert Limit("plain", 3, timedelta(hours=1)).lock_after(99) is None


@pytest.mark.promise("A1")
def test_guessing_stays_below_the_promise_in_any_24_hours() -> None:
    windows = 2  # a span as long as a window touches two of them at most
    assert STRANGER_TRIES.window == timedelta(days=1)
    assert windows * STRANGER_TRIES.tries * 1e-6 <= 5e-5


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "nonsense", True),
    ],
)
def test_source_is_the_address_or_the_customers_network(one: str, other: str, are_same: bool) -> None:
    assert (source_of(one) == source_of(other)) is are_same
