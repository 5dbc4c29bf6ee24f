"""The menu shows what the reader may do, and each role lands where its question is answered."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.access.rules import PERMISSIONS, Granted, reaches_of
from outpost.core.actor import Actor
from outpost.core.modules import Entry
from outpost.core.rights import WHOLE, Role
from outpost.web.navigation import ENTRIES, GROUPS, HOME, PHONE_ITEMS, home_of, role_names, sections_for


def actor(role: str) -> Actor:
    return Actor("user:1", "somebody", reaches_of([Granted(role, WHOLE)]), roles=frozenset({role}))


@pytest.fixture(autouse=True)
def stand_in_routes(gallery_client: Client) -> None:
    """A route for every entry, whatever the modules' own routes are."""


@pytest.mark.promise("T1")
@pytest.mark.parametrize("role", Role)
def test_the_menu_is_what_the_role_may_do(role: Role) -> None:
    shown = {item.url for section in sections_for(actor(role), "/") for item in section.items}
    expected = {reverse(entry.url_name) for entry in ENTRIES if role in PERMISSIONS[entry.action]}
    assert shown == expected


def test_a_stranger_sees_nothing() -> None:
    assert sections_for(Actor("user:1", "nobody"), "/") == ()


@pytest.mark.parametrize("role", Role)
def test_each_role_may_open_its_home_page(role: Role) -> None:
    home = home_of(actor(role))
    assert home == HOME[role]
    action = next(entry.action for entry in ENTRIES if entry.url_name == home)
    assert role in PERMISSIONS[action]


def test_the_first_page_is_current_on_its_own_alone() -> None:
    def current(path: str) -> list[str]:
        return [
            item.url for one in sections_for(actor("command"), path) for item in one.items if item.is_current
        ]

    home = reverse("sentinel:today")
    assert current(home) == [home]
    assert current(reverse("sentinel:staff") + "somebody") == [reverse("sentinel:staff")]
    assert current(f"{home}elsewhere") == []


def test_somebody_without_a_role_lands_in_the_inbox() -> None:
    assert home_of(Actor("user:1", "nobody")) == "notifications:inbox"


def test_the_frame_names_the_readers_roles() -> None:
    with translation.override("en"):
        assert role_names(actor("town")) == ["Town officer"]


def test_entries_name_known_groups_actions_and_icons() -> None:
    sprite = finders.find("pages/icons.svg")
    assert isinstance(sprite, str)
    symbols = set(re.findall(r'<symbol id="([^"]+)"', Path(sprite).read_text("utf-8")))
    for entry in ENTRIES:
        assert entry.group in GROUPS
        assert entry.action in PERMISSIONS
        assert entry.icon in symbols
    assert len({entry.url_name for entry in ENTRIES}) == len(ENTRIES)  # a drawn menu is told by its addresses


@pytest.mark.parametrize("role", Role)
def test_the_bottom_bar_has_room_for_the_home_page(role: Role) -> None:
    items = [item for section in sections_for(actor(role), "/") for item in section.items if item.on_phone]
    assert reverse(home_of(actor(role))) in [item.url for item in items[:PHONE_ITEMS]]


def test_the_longest_address_marks_the_current_item() -> None:
    path = reverse("sentinel:staff")
    current = [i.url for s in sections_for(actor("town"), f"{path}some-id") for i in s.items if i.is_current]
    assert current == [path]


def test_an_entry_without_a_route_is_left_out() -> None:
    wrong = Entry("x", "sentinel:gone", "x", "account.use", "settings")
    assert sections_for(actor("town"), "/", [wrong]) == ()


def test_what_an_officer_does_each_day_stands_with_its_instrument() -> None:
    groups = {entry.url_name: entry.group for entry in ENTRIES}
    assert [groups[name] for name in ("health:dispositions", "health:orders", "health:exposures")] == [
        "sites",
        "sites",
        "tracing",
    ]
