"""Lists: what an address asks for, and what it cannot ask for."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.test import RequestFactory

from outpost.core.actor import Actor
from outpost.core.clock import local_day, now
from outpost.core.sealed_text import open_search, open_text, seal_search, seal_text
from outpost.pages.listing import Column, Listing, ListPage


@dataclass(frozen=True)
class Row:
    id: int
    name: str
    found: int | None


class Filters(forms.Form):
    search = forms.CharField(required=False)
    town = forms.ChoiceField(required=False, choices=[("a", "A"), ("b", "B")])


ROWS = [Row(n, f"name {n:03}", None if n % 10 == 0 else n % 7) for n in range(1, 124)]
LISTING = Listing(
    "rows",
    columns=(
        Column("name", "Name", order="name"),
        Column("found", "Found", order="found", is_numeric=True),
        Column("address", "Address"),
        Column("note", "Note", is_default=False),
    ),
    order="name",
    form=Filters,
    private=frozenset({"search"}),
)


READER = "user:reader"


def read(query: str = "", **cookies: str) -> ListPage:
    request: HttpRequest = RequestFactory().get(f"/rows/?{query}")
    request.COOKIES.update(cookies)
    request.actor = Actor(READER, "reader")  # type: ignore[attr-defined]
    return LISTING.read(request)


def filled(query: str = "", rows: list[Row] | None = None) -> ListPage:
    page = read(query)
    page.fill(ROWS if rows is None else rows)
    return page


@pytest.mark.rules
def test_first_page_has_fifty_rows_in_the_listings_own_order() -> None:
    page = filled()
    assert [row.id for row in page.rows] == list(range(1, 51))
    assert (page.total, page.first, page.last, page.previous, page.following) == (123, 1, 50, None, 2)


@pytest.mark.rules
@pytest.mark.parametrize(
    ("asked", "size"), [("20", 20), ("500", 500), ("21", 50), ("1000000", 50), ("x", 50), ("-1", 50)]
)
def test_page_size_is_one_of_the_offered(asked: str, size: int) -> None:
    assert read(f"size={asked}").size == size


@pytest.mark.rules
@pytest.mark.parametrize(
    ("asked", "number"), [("3", 3), ("99", 3), ("0", 1), ("-2", 1), ("²", 1), ("99999999999", 1), ("", 1)]
)
def test_page_number_stays_inside(asked: str, number: int) -> None:
    page = filled(f"page={asked}")
    assert page.number == number
    assert page.rows


@pytest.mark.rules
def test_last_page_may_be_short_and_an_empty_list_has_one_page() -> None:
    assert len(filled("page=3").rows) == 23
    empty = filled("page=7", rows=[])
    assert (empty.rows, empty.number, empty.first, empty.last, empty.following) == ([], 1, 0, 0, None)


@pytest.mark.rules
@pytest.mark.parametrize("sort", ["address", "note", "id", "-address", "name__secret", "--name", "?"])
def test_only_declared_columns_sort(sort: str) -> None:
    assert read(f"sort={sort}").order == "name"


@pytest.mark.rules
def test_rows_without_a_value_come_last_in_either_direction() -> None:
    for query in ("sort=found&size=500", "sort=-found&size=500"):
        values = [row.found for row in filled(query).rows]
        known = [value for value in values if value is not None]
        assert values[len(known) :] == [None] * 12
        assert known == sorted(known, reverse="-" in query)


@pytest.mark.rules
def test_a_second_click_on_a_header_turns_the_order_round() -> None:
    sorts = {h.key: (h.sort, h.direction) for h in read("sort=name").headers}
    assert sorts["name"] == ("-name", "ascending")
    assert sorts["found"] == ("found", "")
    assert sorts["address"] == ("", "")
    assert {h.key: h.direction for h in read("sort=-name").headers}["name"] == "descending"


@pytest.mark.rules
def test_columns_follow_the_cookie_and_never_vanish_altogether() -> None:
    assert read().shown == {"name", "found", "address"}
    assert read(columns_rows="note.name").shown == {"name", "note"}
    assert read(columns_rows="gone").shown == {"name", "found", "address"}
    assert [h.key for h in read(columns_rows="note.name").shown_headers] == ["name", "note"]


@pytest.mark.rules
def test_only_valid_and_given_filters_reach_the_query() -> None:
    assert read("town=b").values == {"town": "b"}
    assert read("town=zzz").values == {}
    assert not read("town=").is_filtered


@pytest.mark.rules
def test_what_narrows_a_list_before_anybody_chose_is_a_chip_too() -> None:
    listing = replace(LISTING, narrowing={"town": "b"})

    def chips(query: str) -> tuple[list[str], int, bool]:
        page = ListPage(listing, read(query).request, {})
        return [chip.without for chip in page.chips], page.more_applied, page.is_filtered

    assert chips("page=2") == (["town=b"], 1, False)
    assert chips("town=a&sort=name") == (["sort=name&town=b"], 1, True)
    assert chips("town=b") == ([], 0, False)


def test_what_was_searched_for_travels_sealed() -> None:
    token = seal_search("440106199001017777", reader=READER, on=local_day(now()))
    assert "4401" not in token
    page = read(f"search={token}&sort=-name")
    assert page.values == {"search": "440106199001017777"}
    assert page.kept == [("sort", "-name")]
    assert page.carried == [("search", token), ("sort", "-name")]


@pytest.mark.parametrize("token", ["", "440106199001017777", "张三", "AAAA", "%00", "A" * 500])
def test_a_typed_in_token_finds_nothing(token: str) -> None:
    assert open_text(token) == ""
    assert read(f"search={token}").values == {}


def test_a_changed_token_does_not_open() -> None:
    token = seal_text("13812345678")
    assert open_text(token) == "13812345678"
    assert open_text(token[:-2] + ("AA" if token[-2:] != "AA" else "BB")) == ""


@pytest.mark.rules
def test_a_query_that_cuts_by_itself_is_shown_as_it_comes() -> None:
    page = read("page=4&size=20")

    def cut(*, limit: int, offset: int) -> tuple[list[str], int]:
        assert (limit, offset) == (20, 60)
        return ["w", "x"], 62

    page.fill(cut)
    assert (page.rows, page.number, page.first, page.last, page.page_range) == (
        ["w", "x"],
        4,
        61,
        62,
        [1, 2, 3, 4],
    )


@pytest.mark.django_db
def test_a_queryset_is_ordered_cut_and_presented_once(django_assert_num_queries: Any) -> None:
    listing = Listing("types", columns=(Column("label", "Label", order="app_label"),), order="-label")
    page = listing.read(RequestFactory().get("/?size=20"))
    with django_assert_num_queries(2):
        page.fill(ContentType.objects.all(), present=lambda types: [t.app_label for t in types])
    assert page.rows == sorted(page.rows, reverse=True)
    assert len(page.rows) == min(20, page.total)


@pytest.mark.rules
def test_a_search_opens_for_who_searched_and_for_no_longer_than_the_next_day() -> None:
    """An address that is passed on or found later told every signed-in account whom it was about."""
    on = local_day(now())
    token = seal_search("甄甲一", reader=READER, on=on)
    assert open_search(token, reader=READER, on=on) == "甄甲一"
    assert open_search(token, reader=READER, on=on + timedelta(days=1)) == "甄甲一"
    assert open_search(token, reader=READER, on=on + timedelta(days=2)) == ""
    assert open_search(token, reader="user:another", on=on) == ""
    assert open_text(token) == ""
    assert read(f"search={seal_search('甄甲一', reader='user:another', on=on)}").values == {}
