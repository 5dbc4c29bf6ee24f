"""What a module declares is looked at from outside, too: no right, file or scope without its oracle (T1, T2).

A page or call without a line in `routes.toml` fails in `test_routes.py`.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

import pytest
from django.urls import resolve
from procrastinate.contrib.django import app as queue

import outpost.server.jobs  # noqa: F401 - registers its jobs, as the worker does
from outpost.access.rules import SOURCE
from outpost.config.modules import MODULES
from outpost.core.actor import Actor, Reach
from outpost.core.queues import called
from outpost.core.rights import ScopeKind
from outpost.exchange import registry
from outpost.exchange.kinds import ExportKind
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.models import Enrolment
from outpost.sentinel.rules import CATEGORY
from outpost.sites.models import Contract, Employer, Registration
from outpost.sites.rules.entering import CONTRACT, EMPLOYER
from outpost.venues.models import Venue
from outpost.venues.rules import VENUE
from tests.security.crawl import Answer, Crawl
from tests.security.crawled.test_tenants import FOREIGN
from tests.security.test_routes import ROUTES
from tests.security.world import FAR, HIDDEN, NEAR, TENANTS, Tenant, World

# Rights that no page or call asks for as a whole: files and parts of pages do, as their own tests say.
ASKED_INSIDE = {
    *(
        "health.see_facts",
        "people.see_own_staff",
        "sentinel.export",
        "venues.export",
        "venues.record_visits",
    ),
}
# Files that count everybody together: they name no enterprise.
COUNTS_ALONE = {"sentinel.alert_summary"}


@pytest.mark.rules
@pytest.mark.promise("T1")
def test_every_right_is_asked_for_by_a_route() -> None:
    declared = {str(action) for module in MODULES for action in module.actions}
    assert declared - {route.action for route in ROUTES} == ASKED_INSIDE


@pytest.mark.promise("T2")
def test_every_file_that_is_offered_holds_nothing_of_others(crawl: Crawl, world: World) -> None:
    """The kinds come from the manifests, their filters from the pages that offer them to each account."""
    foreign, own = [], set()
    for who in world.users:
        for kind, params in offered(crawl.of(who)):
            text = text_of(kind, params, world.actor(who))
            others = FOREIGN[who]
            foreign += [(who, kind.name, params, one.mark) for one in others if shows(one, text)]
            own |= {kind.name for one in TENANTS if one not in others and shows(one, text)}
    assert foreign == []
    assert {kind.name for kind in registry.export_kinds()} - own == COUNTS_ALONE


def offered(answers: list[Answer]) -> Iterator[tuple[ExportKind, dict[str, str]]]:
    """The files that the pages of an account lead to, with their filters; what is counted, by what names most."""
    for answer in answers:
        if answer.route == "exchange:new_export" and answer.status == 200:
            path, _question, query = answer.url.partition("?")
            params = dict(parse_qsl(query))
            counted = {"by": "organization"} if "by" in params else {}
            yield registry.export_kind(resolve(path).kwargs["kind"]), params | counted


def text_of(kind: ExportKind, params: dict[str, str], actor: Actor) -> str:
    tables = kind.tables(kind.check(params, actor), actor)
    return "\n".join(str(cell) for table in tables for row in table.rows for cell in row)


def shows(tenant: Tenant, text: str) -> bool:
    return any(canary in text for canary in tenant.canaries())


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
    assert {*known, SOURCE, VENUE, CONTRACT, EMPLOYER} == {
        kind for module in MODULES for kind in module.scopes
    }
    assert not Enrolment.objects.within(Reach.over(SOURCE, "lims", "*", "")).exists()  # a source holds nobody
    for department, marks in (("market", {NEAR.mark, FAR.mark}), ("post", {HIDDEN.mark})):
        own = Reach.over(DEPARTMENT, department)
        found = set(Venue.objects.within(own).values_list("id", flat=True))
        entered = {world.named["bureau"]} if department == "market" else set()
        assert found == {world.venues[mark] for mark in marks} | entered
    near, hidden = (world.enrolments[tenant.mark].id for tenant in (NEAR, HIDDEN))
    for mark in (NEAR.mark, FAR.mark):  # a venue stands in no category
        own = Reach.over(VENUE, str(world.venues[mark]))
        assert set(Venue.objects.within(own).values_list("id", flat=True)) == {world.venues[mark]}
        assert not Enrolment.objects.within(own).exists()
        own = Reach.over(CONTRACT, str(world.contracts[mark]))  # nor does a contract
        assert set(Contract.objects.within(own).values_list("id", flat=True)) == {world.contracts[mark]}
        assert not Enrolment.objects.within(own).exists()
        employer = Employer.objects.get(contract=world.contracts[mark])
        own = Reach.over(EMPLOYER, str(employer.id))
        assert set(Contract.objects.within(own).values_list("id", flat=True)) == {world.contracts[mark]}
        assert {one.employer_id for one in Registration.objects.within(own)} == {employer.id}
        assert not Enrolment.objects.within(own).exists()
    for kind, keys in known.items():
        first, second = (
            set(Enrolment.objects.within(Reach.over(kind, key)).values_list("id", flat=True)) for key in keys
        )
        assert near in first, kind
        assert near not in second, kind
        assert hidden in second, kind
        assert hidden not in first, kind
