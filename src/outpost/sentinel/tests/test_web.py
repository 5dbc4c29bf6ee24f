"""Who may open the pages, what lies outside the scope, and what never shows."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outpost.core import clock
from outpost.fields.specs import FieldSpec
from outpost.sentinel.models import CategoryField, Enrolment, JobRule, StaffMember
from outpost.sentinel.services.categories import JobRuleEntry, set_job_rule
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.tests.ledgers import add, id_number
from outpost.sentinel.tests.pages import at_clock, browser, links, page, sampled
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=10)  # past the first whole window of whoever joined at noon
ROLES = ("command", "bureau", "town", "principal", "feeder", "operator", "security", "auditor", "outsider")


@pytest.fixture(autouse=True)
def ten_days_later() -> Iterator[None]:
    with at_clock(LATER):
        yield


@pytest.fixture
def near(cast: Cast) -> StaffMember:
    """Somebody of enterprise A."""
    return add(cast, 1, name="甄甲一", address="甲路一号院三零一房", job_type="甲工种")


@pytest.fixture
def far(cast: Cast) -> StaffMember:
    """Somebody of enterprise B, for whom A must not find a trace."""
    return add(cast, 2, to=cast.far.id, name="甄乙二", address="乙路二号院四零二房", job_type="乙工种")


@pytest.fixture
def field(cast: Cast) -> CategoryField:
    entry = FieldSpec("shift", "班次", "choice", "Shift", ("白班", "夜班"))
    return set_field("cast-cold", "staff", entry, actor=cast.actor("command"), at=NOON)


@pytest.fixture
def rule(cast: Cast) -> JobRule:
    return set_job_rule(JobRuleEntry("cast-cold", "司机", "7/1"), actor=cast.actor("command"), at=NOON)


@pytest.mark.promise("T1")
def test_a_bureau_meets_its_own_categories_only(cast: Cast) -> None:
    client = browser(cast, "bureau")
    for name in ("category", "missed"):
        own, foreign, missing = (
            client.get(reverse(f"sentinel:{name}", args=[code]), {"on": "2022-06-18"})
            for code in ("cast-cold", "cast-courier", "no-such")
        )
        assert own.status_code == 200
        assert foreign.status_code == missing.status_code == 404
        assert plain(foreign) == plain(missing)
    assert "快递（测试）" not in page(client, "sentinel:categories").content.decode()


def plain(response: Any) -> str:
    """The page without the tokens and sealed texts that differ each time."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]*', "", response.content.decode())
    return re.sub(r"AQAB[A-Za-z0-9_-]{30,}", "", text)


def crawl(client: Client) -> Iterator[tuple[str, Any]]:
    """Every page of this module that can be reached by links from the first: one visit for each route, object and
    set of filters, whatever the filters' values."""
    seen, waiting = set[tuple[str, ...]](), deque([reverse("sentinel:today")])
    while waiting:
        address = waiting.popleft()
        response = client.get(address)
        yield address, response
        for link in links(response):
            target = urlsplit(unescape(link))
            path = target.path or urlsplit(address).path
            names = sorted(set(parse_qs(target.query)) - {"sort", "size", "page"})
            if path.startswith("/sentinel/") and (path, *names) not in seen:
                seen.add((path, *names))
                waiting.append(f"{path}?{target.query}" if target.query else path)


@pytest.mark.promise("T2")
def test_nothing_of_enterprise_b_shows_to_the_principal_of_a(
    cast: Cast, near: StaffMember, far: StaffMember, field: CategoryField
) -> None:
    client = browser(cast, "principal", "zh-hans")
    canaries = ["远洋冷链", "甄远帆", "13800138002", "甄乙二", "13900000002", id_number(2), "乙路", "乙工种"]
    canaries += [str(far.id), str(cast.far.id), str(cast.far.organization_id)]
    visited = 0
    for address, response in crawl(client):
        body = response.content.decode()
        visited += response.status_code == 200
        assert [canary for canary in canaries if canary in body + str(response.headers)] == [], address
    assert visited >= 15


@pytest.mark.promise("T2")
def test_counts_of_a_do_not_depend_on_b(cast: Cast, near: StaffMember, field: CategoryField) -> None:
    client = browser(cast, "principal")
    with at_clock(clock.now()):  # every page says its minute
        before = {address: plain(response) for address, response in crawl(client)}
        for number in range(2, 6):
            add(cast, number, to=cast.far.id)
        after = {address: plain(response) for address, response in crawl(client)}
    assert after == before


def addresses_name_nobody(address: str, response: Any) -> None:
    """No name, number or phone, and every id is random."""
    personal = ["甄", "13800138001", "13900000001", id_number(1), "甲路"]
    for link in [address, *links(response), response.headers.get("Location", "")]:
        spoken = unquote(unescape(link))
        assert [one for one in personal if one in spoken] == [], address
        assert not re.search(r"/\d+(?:/|$)", urlsplit(spoken).path), spoken
        without_ids = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", spoken)
        assert not re.search(r"\d{11}", without_ids), spoken


def title_names_nobody(address: str, body: str) -> None:
    title = body.split("<title>")[1].split("</title>", maxsplit=1)[0]
    assert "甄" not in title, address
    assert "139" not in title, address


def nothing_is_inline_or_from_outside(address: str, body: str) -> None:
    assert not re.search(r"<script(?![^>]*\bsrc=)", body), address
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", body), address
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", body), address
    assert "{%" not in body, address


@pytest.mark.promise("T4")
@pytest.mark.promise("T7")
@pytest.mark.promise("V2")
@pytest.mark.promise("W2")
@pytest.mark.parametrize("role", ["command", "town", "principal"])
def test_every_page_masks_people_and_addresses_and_titles_name_nobody(
    cast: Cast, near: StaffMember, field: CategoryField, rule: JobRule, role: str
) -> None:
    sampled(near, LATER - timedelta(days=1))
    clear = ["甄甲一", "13900000001", id_number(1), "甲路一号院三零一房", "甄近安", "13800138001"]
    shown = ""
    for address, response in crawl(browser(cast, role)):
        addresses_name_nobody(address, response)
        if response.status_code == 200:
            body = response.content.decode()
            title_names_nobody(address, body)
            nothing_is_inline_or_from_outside(address, body)
            shown += body
    found = [text for text in clear if text in shown]
    assert found == (clear if role == "principal" else [])
    assert ("甄**" in shown) == (role != "principal")


LISTS = ["today", "due", "staff", "organizations", "compliance", "nat_statistics", "vaccination_statistics"]


@pytest.mark.parametrize("role", ["command", "principal"])
@pytest.mark.parametrize("name", LISTS)
def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    cast: Cast, near: StaffMember, role: str, name: str
) -> None:
    client = browser(cast, role)
    page(client, f"sentinel:{name}")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert page(client, f"sentinel:{name}").status_code == 200
        return len(captured)

    before = queries()
    for number in range(2, 8):
        sampled(add(cast, number), LATER - timedelta(hours=number))
    assert queries() <= before + 2  # what only somebody with samples brings


def test_the_category_stands_in_its_lists(cast: Cast, near: StaffMember) -> None:
    assert Enrolment.objects.count() == 2
    body = page(browser(cast, "command", "zh-hans"), "sentinel:staff", category="cast-cold").content.decode()
    assert "冷链（测试）" in body.split("<h1>")[1].split("</h1>")[0]
