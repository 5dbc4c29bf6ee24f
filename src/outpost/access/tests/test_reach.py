"""What a reach touches: declared columns only, trees by prefix, and nothing for what nobody declared."""

import pytest

from outpost.access import scopes
from outpost.access.rules import reach_of_scope
from outpost.core.actor import EVERYTHING, NOTHING, Reach
from outpost.core.rights import Role, ScopeKind
from outpost.core.scoped import condition_sql
from outpost.exchange.queries import still_covers
from outpost.regions.models import Organization, OrganizationQuerySet, Region
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.sentinel.models import Category, Enrolment, EnrolmentQuerySet
from outpost.testing.cast import Cast

UNKNOWN = ScopeKind("berth", "泊位", "Berth", {Role.TOWN})


@pytest.mark.promise("T1")
def test_a_kind_that_no_column_knows_reaches_nothing(cast: Cast) -> None:
    reach = reach_of_scope("berth", "440115")
    for model in (Region, Organization, Category, Enrolment):
        found = model.objects.all()
        assert found.within(EVERYTHING).exists()
        assert not found.within(reach).exists()
        assert not found.within(NOTHING).exists()
    assert not Organization.objects.within(Reach.over(DEPARTMENT, "market")).exists()


@pytest.mark.promise("T1")
def test_sql_narrows_as_the_queryset_does() -> None:
    assert condition_sql(EnrolmentQuerySet.scopes, Reach.over(UNKNOWN, "1"), "n") == ("false", {})
    assert condition_sql(EnrolmentQuerySet.scopes, NOTHING, "n") == ("false", {})
    assert condition_sql(EnrolmentQuerySet.scopes, EVERYTHING, "n") == ("true", {})
    text, parameters = condition_sql(EnrolmentQuerySet.scopes, Reach.over(REGION, "44"), "n")
    assert "r.code ^@ ANY" in text
    assert parameters == {"n_region": ["44"]}
    assert {column.kind for column in OrganizationQuerySet.scopes} <= {
        c.kind for c in EnrolmentQuerySet.scopes
    }


def test_an_unknown_kind_is_covered_by_everything_alone() -> None:
    berth = Reach.over(UNKNOWN, "1")
    assert scopes.covers(EVERYTHING, berth)
    assert not scopes.covers(berth, berth)


def test_a_reach_that_an_earlier_version_stored_is_still_read() -> None:
    stored = {
        "everything": False,
        "regions": ["440115001"],
        "departments": [],
        "categories": [],
        "organizations": [],
    }
    assert still_covers(Reach.over(REGION, "440115"), stored)
    assert not still_covers(Reach.over(REGION, "440116"), stored)
    assert not still_covers(Reach.over(REGION, "440115"), {**stored, "departments": ["market"]})
