"""No page is drawn by a POST: it acts and redirects, so that reload, back and the switches always find a page."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.security.test_routes import PAGES, address, owned, values
from tests.security.world import ROLES, World, roles_of

pytestmark = pytest.mark.usefixtures("bare_answers")

# Pressed together: there, and back to what the account began with.
SWITCHES: tuple[tuple[tuple[str, dict[str, str]], ...], ...] = (
    (("/language", {"language": "zh-hans"}), ("/large-text", {})),
    (("/language", {"language": "en"}), ("/large-text", {})),
)
# What the script of a page asks by itself: a part of it while a number is being typed, JSON for what the phone kept.
PARTS = {"sentinel:check_document", "venues:check_out_kept"}
POSTED = [route for route in PAGES if "POST" in route.methods and route.name not in PARTS]
# What is not there for anybody, whatever button was pressed: 404 knows nothing of where one came from.
UNREACHABLE = {403, 404}


def shown(client: Client, where: str, met: set[Any]) -> Any:
    """The page behind an address, wherever it leads to; once with the same kept forms also after both switches."""
    page = client.get(where, follow=True)
    kept = where, frozenset(client.session.get("kept_forms", ()))
    for together in () if kept in met else SWITCHES:
        switched = [client.post(path, {**sent, "next": where}) for path, sent in together]
        assert {one.status_code for one in switched} == {302}, (where, together)
        again = client.get(switched[-1]["Location"], follow=True)
        assert again.status_code == page.status_code, (where, together)
    met.add(kept)
    return page


@pytest.mark.parametrize("role", ROLES)
def test_a_post_answers_with_a_way_to_a_page_that_stays(world: World, role: str) -> None:
    drawn, known, met = [], values(world, role), set[Any]()
    for route in POSTED:
        if role not in roles_of(route.action) or not owned(route, world, role):
            continue
        with transaction.atomic():
            status, page = _pressed(world.browser(role), address(route, known), met)
            transaction.set_rollback(True)
        if status not in (302, *UNREACHABLE) or page not in (200, *UNREACHABLE):
            drawn.append((route.name, status, page))
    assert drawn == []


def _pressed(client: Client, where: str, met: set[Any]) -> tuple[int, int]:
    """The status of an empty form sent from the first page, and of the page that it led to."""
    answer = client.post(where, headers={"referer": "http://testserver/me"})
    if answer.status_code != 302:
        return answer.status_code, 200
    return 302, shown(client, answer["Location"], met).status_code


def test_a_method_that_an_address_does_not_know_has_a_page_that_leads_back(world: World) -> None:
    client = world.browser("town")
    where = "http://testserver/sentinel/compliance/"
    page = client.get("/sentinel/staff/remove", headers={"referer": where})
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "only takes what a button sends" in page.content.decode()
    assert 'href="/sentinel/compliance/"' in page.content.decode()
