"""Operation, rights and audit stay apart, and a right taken back is gone with the next request (T8)."""

import pytest
from django.apps import apps
from django.urls import reverse

from outpost.access.models import Denial, Grant
from outpost.audit.models import AuditEntry
from outpost.core.clock import now
from outpost.core.masking import mask_document, mask_phone
from outpost.testing.browsers import shown as page_after
from tests.security.crawl import Crawl
from tests.security.test_routes import PAGES, PATTERNS, Route, address, values
from tests.security.world import NEAR, TENANTS, World

pytestmark = pytest.mark.promise("T8")

POSTED = [route for route in PAGES if "POST" in route.methods]
SENTINEL = [route for route in PAGES if route.action.startswith(("sentinel.", "people."))]
OWN_ACCOUNT = {"web:search", "access:change_password", "access:end_sessions", "access:my_contacts"}
OWN_ACCOUNT |= {"access:confirm", "access:new_passkey", "access:remove_passkey"}
OWN_ACCOUNT |= {"notifications:read_all", "notifications:open", "audit:verify", "access:recovery_codes"}


def test_the_operator_sees_no_piece_of_anybody(crawl: Crawl) -> None:
    answers = crawl.of("operator")
    assert {"operation:jobs"} <= {answer.route for answer in answers}
    canaries = [canary for tenant in TENANTS for canary in tenant.canaries()]
    assert [answer.url for answer in answers for canary in canaries if canary in answer.everything] == []


@pytest.mark.parametrize("who", ["security", "auditor"])
def test_administrators_see_no_staff_even_masked(crawl: Crawl, who: str) -> None:
    answers = crawl.of(who)
    assert len(answers) > 10
    people = [person for tenant in TENANTS for person in tenant.people]
    masked = [text for one in people for text in (mask_phone(one.phone), mask_document(one.number))]
    names = [text for one in people for text in one.clear()]
    odd = [(a.url, text) for a in answers for text in (*masked, *names) if text in a.everything]
    assert odd == []


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.name)
def test_an_auditor_changes_nothing(world: World, route: Route) -> None:
    if route.name in OWN_ACCOUNT:
        assert route.action in ("account.use", "audit.see")
        return
    client, tables = (
        world.browser("auditor"),
        ("sentinel", "regions", "people", "health", "exchange", "access"),
    )
    models = [one for one in apps.get_models() if one._meta.app_label in tables and one is not Denial]
    before = [model._default_manager.count() for model in models]
    answer = client.post(address(route, values(world, "auditor")))
    assert [model._default_manager.count() for model in models] == before
    if route.name == "audit:restore":  # everybody's page; what lies out of reach is not there
        assert answer.status_code == 404
        return
    assert answer.status_code == 403
    assert AuditEntry.objects.latest("seq").action == "access.denied"


@pytest.mark.parametrize("role", ["command", "auditor", "security", "operator"])
def test_a_security_administrator_gets_nothing_for_themselves(world: World, role: str) -> None:
    user = world.users["security"]
    scope = "region:440115" if role == "command" else "everything:"
    before = list(Grant.objects.filter(user=user).values())
    client = world.browser("security")
    answer = client.post(reverse("access:grant", args=[user.id]), {"role": role, "scope": scope})
    assert answer.status_code == 403 or page_after(client, answer).context["form"].errors
    assert list(Grant.objects.filter(user=user).values()) == before


@pytest.mark.parametrize(
    "route", [r for r in PAGES if r.action.startswith(("sentinel.", "people."))], ids=lambda r: r.name
)
def test_a_right_taken_back_is_gone_with_the_next_request(world: World, route: Route) -> None:
    client, where = world.browser("command"), address(route, values(world, "command"))
    method = getattr(client, route.methods[0].lower())
    assert method(where).status_code != 403
    Grant.objects.filter(user=world.users["command"]).update(revoked_at=now())
    assert method(where).status_code == 403


def test_a_finished_file_is_gone_with_the_right(world: World) -> None:
    where = reverse("exchange:download", args=[world.exports["town"]["sentinel.staff_in_clear"]])
    client = world.browser("town")
    assert b"".join(client.get(where).streaming_content)  # type: ignore[attr-defined]
    grant = Grant.objects.filter(user=world.users["town"])
    grant.update(scope_key="440115100")  # the same right, elsewhere
    assert client.get(where).status_code == 403
    grant.update(revoked_at=now())
    assert client.get(where).status_code == 403
    assert NEAR.mark.encode() not in client.get(where).content


def test_the_walk_knows_every_page() -> None:
    assert {route.name for route in PAGES} <= set(PATTERNS)
    assert len(POSTED) > 25
