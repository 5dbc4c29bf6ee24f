"""No address answers 500, whatever its parameters miss or hold: exports, imports, lists (hole 17)."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from outpost.core.errors import Refusal
from outpost.exchange import registry
from outpost.sentinel.tests.ledgers import add
from outpost.sentinel.tests.pages import browser
from outpost.testing.cast import Cast
from tests.security.test_routes import PAGES

pytestmark = pytest.mark.usefixtures("bare_answers")

GOOD = {
    "category": "cast-cold",
    "on": "2022-06-08",
    "first": "2022-06-01",
    "last": "2022-06-08",
    "by": "town",
    "figure": "staff",
}
NAMES = (
    *GOOD,
    "organization",
    "town",
    "department",
    "kind",
    "state",
    "dose",
    "recency",
    "duty",
    "document",
    "page",
)
ODD = ("x", "9999-99-99", "\0")


def asked() -> Iterator[dict[str, str]]:
    """Each parameter missing, then odd, beside good ones."""
    yield {}
    for name in NAMES:
        yield {key: text for key, text in GOOD.items() if key != name}
        yield from ({**GOOD, name: odd} for odd in ODD)


QUERIES = tuple(
    map(urlencode, ({}, {**GOOD, "organization": "x"}, *(dict.fromkeys(NAMES, odd) for odd in ODD)))
)
"""For pages, which take their time: all odd at once."""
MISSING = tuple(urlencode({key: text for key, text in GOOD.items() if key != name}) for name in GOOD)


def failures(client: Client, address: str, queries: Iterable[str] = QUERIES) -> list[tuple[str, int]]:
    client.raise_request_exception = False
    found = []
    for query in queries:
        answer: Any = client.get(f"{address}?{query}")
        if answer.streaming:
            b"".join(answer.streaming_content)  # and closes the file
        if answer.status_code >= 500:
            found.append((query, answer.status_code))
    return found


@pytest.fixture
def staffed(cast: Cast) -> Cast:
    add(cast)
    return cast


def test_the_page_of_an_export(staffed: Cast) -> None:
    client, actor = browser(staffed, "command"), staffed.actor("command")
    kinds = [kind for kind in registry.export_kinds() if actor.may(kind.action)]
    assert len(kinds) > 4
    pages = {kind.name: reverse("exchange:new_export", args=[kind.name]) for kind in kinds}
    found = {name: failures(client, page, (*QUERIES, *MISSING)) for name, page in pages.items()}
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_what_is_accepted_is_written(staffed: Cast) -> None:
    """What the check of an export lets through has a title, headers, a count and rows."""
    actor = staffed.actor("command")
    for kind in registry.export_kinds():
        for params in asked() if actor.may(kind.action) else ():
            try:
                kept = kind.checked(params, actor)
            except Refusal:
                continue
            assert kind.title(kept), (kind.name, params)
            kind.headers(kept)
            kind.count(kept, actor)
            for table in kind.tables(kept, actor):
                list(table.rows)


@pytest.mark.parametrize("who", ["command", "security", "auditor"])
def test_pages_of_lists(staffed: Cast, who: str) -> None:
    client, actor, found = browser(staffed, who), staffed.actor(who), {}
    for route in PAGES:
        if "GET" in route.methods and actor.may(route.action):
            try:
                address = reverse(route.name)
            except NoReverseMatch:
                continue
            found[route.name] = failures(client, address)
    assert len(found) > 2
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize("kind", ["sentinel.staff", "sentinel.organizations", "health.tests"])
def test_the_pages_of_an_import(staffed: Cast, kind: str) -> None:
    client = browser(staffed, "command")
    for name in ("exchange:new_import", "exchange:template"):
        assert failures(client, reverse(name, args=[kind])) == []


@pytest.mark.parametrize("number", [1_000, 20_000])
def test_a_long_address_behind_the_sign_in_asks_to_sign_in(cast: Cast, number: int) -> None:
    """One that no redirect takes leads to the page without what was asked of it."""
    asked = "/sentinel/staff/?" + urlencode({"name": "x" * number})
    answer = Client().get(asked)
    assert answer.status_code == 302
    wanted = asked if number == 1_000 else "/sentinel/staff/"
    assert answer["Location"] == "/sign-in?" + urlencode({"next": wanted}, safe="/")


@pytest.mark.parametrize("number", [1_000, 20_000])
def test_an_endless_way_back_keeps_nobody_from_a_code(cast: Cast, number: int) -> None:
    """A link to the sign-in may carry anything; what no redirect takes is forgotten."""
    client, wanted = Client(), "/" + "x" * number
    asked = {"phone": "13900000001", "ask": "1", "next": wanted}
    answer = client.post(reverse("access:phone"), asked)
    assert answer.status_code == 302
    back = {"by": "phone"} | ({"next": wanted} if number == 1_000 else {})
    assert answer["Location"] == reverse("access:sign_in") + "?" + urlencode(back)
    refused = client.post(reverse("access:sign_in"), {"username": "x", "password": "x", "next": wanted})
    assert refused.status_code == 302


@pytest.mark.parametrize("private", ["name", ""])
def test_a_text_that_no_address_takes_is_looked_for_by_nobody(staffed: Cast, private: str) -> None:
    client = browser(staffed, "command")
    asked = {"next": reverse("sentinel:staff"), "private": private, "name": "甄" * 20_000}
    answer = client.post(reverse("web:search"), asked, follow=True)
    assert answer.redirect_chain == [(reverse("sentinel:staff"), 302)]
    assert "too long" in answer.content.decode()
