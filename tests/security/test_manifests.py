"""What a module declares is looked at from outside, too: no right, file or scope without its oracle (T1, T2).

A page or call without a line in `routes.toml` fails in `test_routes.py`.
"""

from collections.abc import Mapping

import pytest
from procrastinate.contrib.django import app as queue

import outpost.server.jobs  # noqa: F401 - registers its jobs, as the worker does
from outpost.access.rules import SOURCE
from outpost.config.modules import MODULES
from outpost.core.actor import Reach
from outpost.core.queues import called
from outpost.core.rights import ScopeKind
from outpost.exchange import registry
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.models import Enrolment
from outpost.sentinel.rules import CATEGORY
from tests.security.test_routes import ROUTES
from tests.security.world import EXPORTS, HIDDEN, NEAR, World

# Rights that no page or call asks for as a whole: files and parts of pages do, as their own tests say.
ASKED_INSIDE = {"health.see_facts", "people.see_own_staff", "sentinel.export"}
# Files that hold what a page shows that day; the tests of that page compare the two.
OF_A_PAGE = {
    "sentinel.alert_summary",
    "sentinel.missed",
    "sentinel.missed_in_clear",
    "sentinel.own_missed",
    "sentinel.due",
    "sentinel.due_in_clear",
    "sentinel.own_due",
    "sentinel.nat_statistics",
    "sentinel.vaccination_statistics",
    "sentinel.counted_staff",
    "sentinel.counted_own_staff",
    "sentinel.counted_staff_in_clear",
    "sentinel.counted_samples",
    "sentinel.counted_samples_in_clear",
    "sentinel.counted_organizations",
    "sentinel.counted_organizations_in_clear",
}


@pytest.mark.rules
@pytest.mark.promise("T1")
def test_every_right_is_asked_for_by_a_route() -> None:
    asked = {route.action for route in ROUTES} | ASKED_INSIDE
    assert {action for module in MODULES for action in module.actions if action not in asked} == set()


@pytest.mark.rules
@pytest.mark.promise("T2")
def test_every_file_that_goes_out_is_made_in_the_world_or_compared_with_its_page() -> None:
    assert {kind.name for kind in registry.export_kinds()} == {*EXPORTS} | OF_A_PAGE


@pytest.mark.rules
def test_every_job_has_words_for_the_operator() -> None:
    ours = {name for name in queue.tasks if not name.startswith(("builtin", "procrastinate."))}
    assert {"outpost.purge", "outpost.retry_stalled", "exchange.check"} <= ours
    assert {name for name in ours if called(name) == name} == set()


def scopes(world: World) -> Mapping[ScopeKind, tuple[str, str]]:
    """For each kind a scope that holds the near tenant alone, and one that holds the hidden tenant alone."""
    near, hidden = (str(world.enrolments[tenant.mark].organization_id) for tenant in (NEAR, HIDDEN))
    return {
        REGION: ("440115001", "440106001"),
        DEPARTMENT: ("market", "post"),
        ORGANIZATION: (near, hidden),
        CATEGORY: ("cast-cold", "cast-courier"),
    }


@pytest.mark.promise("T2")
def test_a_scope_of_every_kind_ends_before_the_other_tenant(world: World) -> None:
    known = scopes(world)
    assert {*known, SOURCE} == {kind for module in MODULES for kind in module.scopes}
    assert not Enrolment.objects.within(Reach.over(SOURCE, "lims", "*", "")).exists()  # a source holds nobody
    near, hidden = (world.enrolments[tenant.mark].id for tenant in (NEAR, HIDDEN))
    for kind, keys in known.items():
        first, second = (
            set(Enrolment.objects.within(Reach.over(kind, key)).values_list("id", flat=True)) for key in keys
        )
        assert near in first, kind
        assert near not in second, kind
        assert hidden in second, kind
        assert hidden not in first, kind
