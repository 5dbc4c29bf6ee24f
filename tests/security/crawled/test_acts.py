"""After every real act of every role: reload, both languages, large text and Back find the page, nothing is done twice.

Each form that a role meets is filled with good values (`acts.py`) and sent; the forms of the page that it leads to are
sent after it. A form that does not get through fails, and so does a door that nobody's form leads to.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from pytest_django.fixtures import Settings

from outpost.access.models import Passkey
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.crypto import ring
from outpost.testing.cast import NOON
from outpost.venues.codes import JOIN, code_text
from outpost.venues.models import JoinCode
from tests.security.acts import since, typed, without_value, written
from tests.security.crawl import Answer, Crawl, FormSeen, read, route_of
from tests.security.test_routes import API, OPEN, ROUTES
from tests.security.waiting import what_waits
from tests.security.world import ROLES, World, roles_of

pytestmark = [pytest.mark.promise("T1"), pytest.mark.usefixtures("bare_answers")]

ACTIONS = {one.name: one.action for one in ROUTES}
# Every page that takes a POST, with its right.
DOORS = {one.name: one.action for one in ROUTES if "POST" in one.methods and not one.name.startswith(API)}
# Doors that no form of a page leads to, and why none is filled in here.
ELSEWHERE = {
    "web:language": "pressed after each act",
    "web:large_text": "pressed after each act",
    "access:passkey": "a device answers what the same session was just asked: tests/browser/test_passkeys.py",
    "venues:plain_check_in": "written as by the lane, on a connection of its own: venues/tests/test_citizens.py",
    "venues:check_out_kept": "what the phone kept, sent by the script of a page: tests/browser/test_check_out.py",
    "health:object": "of a seen holder whose pass is not green: health/tests/test_citizens.py",
    "tracing:expose": "of a search that met somebody: tracing/tests/test_search.py",
    "sites:choose_contract": "of a lead with several contracts: sites/tests/test_choosing.py",
    "sites:report_shift": "of a site where somebody is: sites/tests/test_shift.py",
    "sentinel:check_document": "a part of a page, which htmx asks for while a number is being typed",
}
CITIZENS_PAGES = ("/my", "/people/dependants/new", "/health/declare", "/people/documents/new", "/my/close")
SIGNING_IN = frozenset({name for name, action in DOORS.items() if action == OPEN} | {"access:recovery_codes"})


def doors_of(role: str) -> frozenset[str]:
    return frozenset(name for name, action in DOORS.items() if role in roles_of(action))


# Pressed together after each act; pressed again, the page is as it was.
THERE: tuple[tuple[str, dict[str, str]], ...] = (("/language", {"language": "zh-hans"}), ("/large-text", {}))
AND_BACK: tuple[tuple[str, dict[str, str]], ...] = (("/language", {"language": "en"}), ("/large-text", {}))
# What pages write while they are read: the session, and the record that somebody looked.
DIARIES = {"access_session", "audit_entry", "people_look"}
# What the citizens' door writes of every request, behind it alone.
COUNTED = {"access_throttle"}
# Leads to a list and writes nothing.
READING = {"web:search"}
# One door, several acts: the parts of its address that say which.
VARIANTS = ("kind", "channel_kind", "act", "audience")
# What a page says where something was wrong.
REFUSED = re.compile(r'class="field-error" id="([^"]*)"|role="alert"[^>]*>(.*?)</div>', re.DOTALL)

Act = tuple[str, ...]


@dataclass
class Walker:
    """One account that sends what it meets at `doors`. `refused`: why an act did not get through, unless elsewhere."""

    world: World
    role: str
    doors: frozenset[str]
    account: str = ""  # whose name is typed where one signs in
    done: set[Act] = field(default_factory=set)
    refused: dict[Act, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def seen(self, pages: Iterable[str]) -> list[Answer]:
        return [_seen(self.role, self.world.browser(self.role), where) for where in pages]

    def walk(self, pages: Iterable[Answer]) -> None:
        for page in pages:
            for form in page.forms:
                self.act(self.world.browser(self.role), page, form)

    def act(self, client: Client, page: Answer, form: FormSeen) -> None:
        """Send the form unless its like was taken before; what it and all behind it changed is taken back."""
        if form.method != "post" or not form.is_sent:
            return
        target = urljoin(page.url, form.action)
        act = _act_of(target, form)
        if act[0] not in self.doors - {*ELSEWHERE} or act in self.done:
            return
        if lacking := without_value(act[0], form):
            self.faults.append(f"{act}: acts.py has no good value for {lacking}")
            return
        data = typed(act[0], form, page.text) | ({"username": self.account} if self.account else {})
        cookies = copy.deepcopy(client.cookies)
        with transaction.atomic():
            before = written()
            answer = client.post(target, data, headers={"referer": f"http://testserver{page.url}"})
            if answer.status_code == 302:
                self._stay(client, page.url, answer["Location"], act, since(before))
            else:
                self.faults.append(f"{self.role} {act}: the POST was answered with {answer.status_code}")
            transaction.set_rollback(True)
        client.cookies = cookies

    def all_faults(self) -> list[str]:
        """The faults, and what got through nowhere."""
        refused = [f"{self.role} {act}: {why}" for act, why in self.refused.items() if act not in self.done]
        return self.faults + refused

    def _stay(self, client: Client, page: str, where: str, act: Act, changed: set[str]) -> None:
        """Press around on the page that the act led to, then send the forms of that page."""
        before = written()
        shown = _seen(self.role, client, where)
        if complaints := REFUSED.findall(shown.text):
            self.refused[act] = f"from {page} to {where}: {complaints}"
        elif not changed and act[0] not in READING:
            self.refused[act] = f"from {page} to {where}: nothing was written"
        else:
            self.done.add(act)
            self.faults += [f"{self.role} {act}: {one}" for one in _pressed(client, page, where, shown.text)]
            counted = COUNTED if OWN_AFFAIRS in (DOORS[act[0]], ACTIONS.get(shown.route)) else set()
            if again := since(before) - DIARIES - counted:
                self.faults.append(f"{self.role} {act}: {sorted(again)} written again")
            for form in shown.forms:
                self.act(client, shown, form)


def _act_of(target: str, form: FormSeen) -> Act:
    """The route, and what tells its acts apart: parts of its address, the list that is searched, the button."""
    path = urlsplit(target).path
    route = route_of(path)
    if not route:
        return ("",)
    kwargs = resolve(path).kwargs
    parts = [str(kwargs[name]) for name in VARIANTS if name in kwargs]
    searched = urlsplit(form.values["next"]).path if route in READING else ""
    return (route, *parts, searched, form.button)


def _seen(who: str, client: Client, where: str) -> Answer:
    """The page behind an address, wherever that leads to."""
    response: Any = client.get(where, follow=True)
    return read(who, response.wsgi_request.get_full_path(), response)[0]


def _switched(client: Client, where: str, switches: Any) -> tuple[int, str]:
    """The status of the page at an address after these switches, and what lasts of it."""
    for path, sent in switches:
        where = client.post(path, {**sent, "next": where})["Location"]
    response: Any = client.get(where, follow=True)
    return response.status_code, "" if response.streaming else _lasting(response.content.decode())


# What a page says once, or anew each time.
FLEETING = re.compile(
    r'<div class="notices">.*?\n</div>|data-options="[^"]*"|'
    r'name="(?:csrfmiddlewaretoken|seen)" value="[^"]*"|X-CSRFToken[^>]*',
    re.DOTALL,
)


def _lasting(page: str) -> str:
    return FLEETING.sub("", page)


def _pressed(client: Client, page: str, where: str, shown: str) -> Iterator[str]:
    """What the switches, a reload, and Back to the page of the form (which may be gone) did not leave as it was."""
    first = 200, _lasting(shown)
    if (status := _switched(client, where, THERE)[0]) != 200:
        yield f"{THERE} at {where}: {status}"
    if (again := _switched(client, where, AND_BACK)) != first:
        yield f"reload of {where}: {_difference(first, again)}"
    if page != where and (status := client.get(page, follow=True).status_code) not in (200, 404):
        yield f"back to {page}: {status}"


def _difference(first: tuple[int, str], again: tuple[int, str]) -> str:
    """The status, and the lines of the first page that the second lacks."""
    lines = set(again[1].splitlines())
    return str((again[0], [line.strip() for line in first[1].splitlines() if line not in lines][:5]))


@pytest.fixture
def prepared(world: World, settings: Settings) -> Mapping[str, tuple[str, ...]]:
    settings.OUTPOST_OUTGOING_HOSTS = "example.gov.cn,smtp.example.gov.cn,qyapi.weixin.qq.com"
    settings.OUTPOST_DEMO = True
    Passkey.objects.create(
        user=world.users["principal"], credential_id="a2V5", public_key="a2V5", label="鱻机", created_at=NOON
    )
    principals = ("/me", "/me/confirm?next=%2Fme", "/people/real-name")
    waiting = what_waits(world)
    join = reverse("join:code", args=[code_text(ring(), JoinCode.objects.get(revoked_at=None).id, JOIN)])
    return {**waiting, "principal": principals, "citizen": (*waiting["citizen"], *CITIZENS_PAGES, join)}


def test_what_was_done_stays_done_once_whatever_is_pressed(
    crawl: Crawl, world: World, prepared: Mapping[str, tuple[str, ...]]
) -> None:
    walkers = [Walker(world, "anonymous", SIGNING_IN, account) for account in ("town", "bureau")]
    walkers += [Walker(world, role, doors_of(role)) for role in ROLES]
    for walker in walkers:
        walker.walk([*walker.seen(prepared.get(walker.role, ())), *crawl.of(walker.role)])
    assert [fault for one in walkers for fault in one.all_faults()] == []
    done = {route for one in walkers for route, *_parts in one.done}
    assert {*DOORS} - done == {*ELSEWHERE}
