"""Every route × role × method × tenant answers as `routes.toml` says (T1)."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from outpost.access.models import ApiToken, Grant
from outpost.access.rules import PERMISSIONS
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.desks.models import Entry
from outpost.health.models import Objection, Product
from outpost.health.models.exposures import Exposure
from outpost.health.models.proposals import DispositionProposal
from outpost.health.models.questions import Question
from outpost.health.models.rule_sets import OrderTerm
from outpost.notifications.models import Channel, Delivery
from outpost.sentinel import links
from outpost.sentinel.models import CategoryField, JobRule
from outpost.sites.models import Registration, SiteUser
from outpost.sites.models.families import FamilyMember
from outpost.sites.models.prevention import Checklist, GroupMember, SupplyItem, SupplyMovement
from outpost.testing.cast import NOON
from outpost.venues.codes import JOIN, code_text
from outpost.venues.models import Abnormal, Checkpoint, JoinCode, Member
from tests.security.world import FAR, HIDDEN, NEAR, ROLES, World, roles_of

pytestmark = pytest.mark.usefixtures("bare_answers")

API = "api-1"
OPEN = "open"
TOKEN = "token"


@dataclass(frozen=True)
class Route:
    """One line of the table."""

    name: str
    methods: tuple[str, ...]
    action: str

    @classmethod
    def of(cls, name: str, line: str) -> "Route":
        *methods, action = line.split()
        return cls(name, tuple(methods), action)


TABLE = tomllib.loads((Path(__file__).parent / "routes.toml").read_text(encoding="utf-8"))
ROUTES = [Route.of(f"{space}:{name}", line) for space, names in TABLE.items() for name, line in names.items()]
PAGES = [route for route in ROUTES if not route.name.startswith(API) and route.action != OPEN]
CALLS = [route for route in ROUTES if route.name.startswith(API) and route.action not in (OPEN, TOKEN)]


def _patterns(found: Any, space: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, (*space, one.namespace) if one.namespace else space)
        else:
            yield ":".join((*space, one.name or "")), one


PATTERNS = dict(_patterns(get_resolver().url_patterns))


@pytest.mark.rules
@pytest.mark.promise("T1")
def test_the_reviewed_table_is_the_code() -> None:
    declared = {route.name: route.action for route in ROUTES if not route.name.startswith(API)}
    written = {
        name: getattr(pattern.callback, "action", "undeclared") or OPEN
        for name, pattern in PATTERNS.items()
        if not name.startswith(API)
    }
    assert written == declared
    assert {name for name in PATTERNS if name.startswith(API)} == {
        route.name for route in ROUTES if route.name.startswith(API)
    }
    assert {route.action for route in ROUTES} <= {*PERMISSIONS, OPEN, TOKEN}


def values(world: World, role: str) -> dict[str, Any]:
    """What addresses name, inside the scope of every role of the near town; own files, else nobody's."""
    return {
        "staff_id": world.staff[NEAR.mark][2].id,
        "enrolment_id": world.enrolments[NEAR.mark].id,
        "import_id": world.imports.get(role, uuid4()),
        "export_id": next(iter(world.exports.get(role, {}).values()), uuid4()),
        "message_id": world.messages.get(role, uuid4()),
        "deletion_id": uuid4(),
        "change_id": uuid4(),
        "field_id": CategoryField.objects.get(category="cast-cold", audience="staff").id,
        "rule_id": JobRule.objects.values_list("id", flat=True).first() or uuid4(),
        "audience": "staff",
        "user_id": world.users["town"].id,
        "grant_id": Grant.objects.get(user=world.users["town"]).id,
        "passkey_id": uuid4(),
        "token_id": ApiToken.objects.get(role="feeder").id,
        "request_id": uuid4(),
        "code": "cast-cold",
        "town": "440115001",
        "number": "G001",
        "act": "claim",
        "role": "town",
        "token": links.address_of("cast-cold", NOON.date(), at=clock.now()).rpartition("/")[2],
        "channel_kind": "webhook",
        "channel_id": Channel.objects.values_list("id", flat=True).first() or uuid4(),
        "delivery_id": Delivery.objects.values_list("id", flat=True).first(),
        "venue_id": world.venues[NEAR.mark],
        "named_id": world.named.get(role, uuid4()),
        "kind_code": "market",
        "contract_id": world.contracts[NEAR.mark],
        "member_id": Member.objects.get(venue=world.venues[NEAR.mark]).id,
        "text": code_text(ring(), JoinCode.objects.get(venue=world.venues[NEAR.mark]).id, JOIN),
        "abnormal_id": Abnormal.objects.get(venue=world.venues[NEAR.mark]).id,
        "claim_id": world.claims[NEAR.mark],
        "dependant_id": world.dependants[NEAR.mark],
        "link_id": world.documents[NEAR.mark],
        "hand_over_id": uuid4(),
        "registration_id": Registration.objects.get(contract=world.contracts[NEAR.mark]).id,
        "family_member_id": FamilyMember.objects.get(registration__contract=world.contracts[NEAR.mark]).id,
        "exception_id": uuid4(),
        **of_gate(world, NEAR.mark),
        "site_user_id": SiteUser.objects.get(contract=world.contracts[NEAR.mark]).id,
        "checked": "document",
        **of_prevention(world, NEAR.mark),
        "supply_item_id": SupplyItem.objects.order_by("name")[0].id,
        "checkpoint_id": Checkpoint.objects.get(venue=world.venues[NEAR.mark]).id,
        **of_device(world, NEAR.mark),
        "objection_id": Objection.objects.get().id,
        "disposition_id": DispositionProposal.objects.get().id,
        "proposal_id": uuid4(),
        "term_id": OrderTerm.objects.get().id,
        "area_id": uuid4(),
        "batch_id": Exposure.objects.get(agreed_at__isnull=True).batch_id,
        "exposure_id": Exposure.objects.get(agreed_at__isnull=False).id,
        "question_id": Question.objects.get().id,
        "case_id": world.case,
        "kind": IMPORTED.get(role, "sentinel.staff"),
    }


def of_device(world: World, mark: str) -> dict[str, Any]:
    """A device of a venue, and an entry of it that waits for somebody."""
    entry = Entry.objects.get(place_key=str(world.venues[mark]))
    return {"device_id": entry.device_id, "entry_id": entry.id, "digest": entry.mark}


def of_gate(world: World, mark: str) -> dict[str, Any]:
    """A device of a site, and an entry of it that waits for somebody."""
    entry = Entry.objects.get(place_key=str(world.contracts[mark]))
    return {"site_device_id": entry.device_id, "site_entry_id": entry.id, "mark": entry.mark}


def of_prevention(world: World, mark: str) -> dict[str, Any]:
    """What stands in the prevention file of a contract."""
    of = {"contract": world.contracts[mark]}
    return {
        "group_member_id": GroupMember.objects.get(**of).id,
        "movement_id": SupplyMovement.objects.get(**of).id,
        "checklist_id": Checklist.objects.get(**of, state="submitted").id,
    }


def address(route: Route, known: Mapping[str, Any]) -> str:
    wanted = {name: known[name] for name in PATTERNS[route.name].pattern.converters}
    if route.name == "health:product":
        wanted["code"] = known.get("product") or Product.objects.order_by("code")[0].code
    if route.name == "exchange:new_export":
        wanted["kind"] = known.get("export_kind", "sentinel.staff")
    asked = urlencode({"category": "cast-cold", "on": "2022-06-08", "contract": f"{NEAR.mark}合"})
    return f"{reverse(route.name, kwargs=wanted)}?{asked}"


def owned(route: Route, world: World, role: str) -> bool:
    """Whether the role has what the address names, where only owners have any."""
    of = {"import_id": world.imports, "export_id": world.exports, "message_id": world.messages}
    has_all = all(role in of[name] for name in PATTERNS[route.name].pattern.converters if name in of)
    return has_all and role not in NOT_FOR.get(route.name, ())


class Visitor:
    """One account that asks one route after another; what an answer changed is taken back before the next."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self._name = world, name
        self._client = world.browser(name)

    def send(self, method: str, where: str, **options: Any) -> Any:
        """The answer, read to its end."""
        with transaction.atomic():
            answer = getattr(self._client, method.lower())(where, **options)
            if answer.streaming:
                b"".join(answer.streaming_content)  # and closes the file
            transaction.set_rollback(True)
        self._client.cookies = self._world.browser(self._name).cookies
        return answer


# What an empty form is answered, beside 200, 302 and 422: nothing failed that could be run again, nothing was deleted
# that could be put back; there is no passkey and no ticket or second document of one's own; no change of a principal,
# right, channel, rule or disposition waits; the arrivals feed is on; not applied yet; a case was agreed to before, and
# nobody was met in it.
SPECIAL = {
    "tracing:approve": 409,
    "tracing:expose": 409,
    "operation:retry": 404,
    "audit:restore": 404,
    "exchange:undo": 409,
    "sentinel:agree_principal": 404,
    "sentinel:decline_principal": 404,
    "access:decide_grant": 404,
    "access:remove_passkey": 404,
    "channels:decide": 404,
    "people:withdraw_claim": 404,
    "people:withdraw_document": 404,
    "health:decide_rules": 404,
    "health:decide_lifting": 404,
    "health:end_risk_area": 404,
    "health:agree_dispositions": 404,
    "sites:agree_exception": 404,
    "sites:end_exception": 404,
    "sites:end_place_rule": 404,
    "sites:ask_arrivals": 409,  # the feed is on
    "sites:agree_arrivals": 404,
    "sites:decline_arrivals": 404,
    "venues:take_over": 404,
    "venues:check_out": 404,  # nothing is stated
    "venues:check_out_kept": 401,
    "venues:leave": 404,
    "venues:decline_offer": 404,
}
# A kind of file has an action of its own.
OF_SITES = ("site_lead", "site_supervisor", "site_user")
OWN_ACTION = {
    "exchange:new_export": {"feeder", "manager", *OF_SITES},
    **dict.fromkeys(("exchange:new_import", "exchange:template"), frozenset({"site_supervisor"})),
}
IMPORTED = {
    "feeder": "health.tests",
    "manager": "venues.entered",
    **dict.fromkeys(OF_SITES, "sites.registrations"),
}
OF_PHONES = frozenset({"principal", "manager", "inspector", *OF_SITES})
# An account of a phone has no password, one of an officer no passkey. Nobody decides on an export of their own.
NOT_FOR = {
    "access:change_password": set(OF_PHONES),
    "people:answer_claim": set(OF_PHONES),
    "people:answer_dependant": set(OF_PHONES),
    "people:undo_dependant": OF_PHONES | {"citizen"},  # nothing is confirmed
    "access:new_passkey": set(ROLES) - OF_PHONES,
    "access:remove_passkey": set(ROLES) - OF_PHONES,
    **{
        name: {"command", "bureau", "town"}
        for name in ("exchange:approval", "exchange:approve", "exchange:decline")
    },
}


def expected(route: Route, world: World, role: str, method: str) -> set[int]:
    """The statuses that this request may be answered with."""
    if role not in roles_of(route.action) or role in OWN_ACTION.get(route.name, ()):
        return {403}
    if not owned(route, world, role):
        return {404}
    if method == "GET":
        return {200, 302}
    return {200, 302, 422, SPECIAL.get(route.name, 422)}


@pytest.mark.promise("T1")
@pytest.mark.promise("V9")
@pytest.mark.parametrize("role", ROLES)
def test_a_page_is_for_the_roles_of_its_action(world: World, role: str) -> None:
    visitor, known = Visitor(world, role), values(world, role)
    found = [
        (route.name, method, status)
        for route in PAGES
        for method in route.methods
        if (status := visitor.send(method, address(route, known)).status_code)
        not in expected(route, world, role, method)
    ]
    assert found == []


METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
HTMX = {"hx-request": "true"}


@pytest.mark.promise("T1")
@pytest.mark.parametrize("role", ROLES)
def test_a_page_knows_its_own_methods_only(world: World, role: str) -> None:
    visitor, known = Visitor(world, role), values(world, role)
    found = [
        (route.name, method, status)
        for route in PAGES
        if role == next(role for role in ROLES if role in roles_of(route.action))
        for method in METHODS - set(route.methods)
        if (status := visitor.send(method, address(route, known)).status_code) != 405
    ]
    assert found == []


@pytest.mark.promise("T1")
def test_strangers_sign_in_first(world: World) -> None:
    visitor, known = Visitor(world, "anonymous"), values(world, "command")
    found = []
    for route in PAGES:
        for method in route.methods:
            where = address(route, known)
            page, part = visitor.send(method, where), visitor.send(method, where, headers=HTMX)
            goes_to = page.headers.get("Location", "")
            if page.status_code != 302 or not goes_to.startswith("/sign-in?next=") or part.status_code != 401:
                found.append((route.name, method, page.status_code, goes_to, part.status_code))
    assert found == []


NOT_THERE: Mapping[str, str] = {
    "code": "no-such",
    "town": "440115999",
    "number": "G999",
    "kind": "no.such",
    "channel_kind": "no-such",
    "audience": "nobody",
    "act": "forget",
    "token": "no-such",
    "checked": "guess",
}


def outside(world: World) -> dict[str, Any]:
    """What lies outside the scope of every role of the near town and belongs to others."""
    return {
        "staff_id": world.staff[HIDDEN.mark][0].id,
        "enrolment_id": world.enrolments[HIDDEN.mark].id,
        "import_id": world.imports["far_principal"],
        "export_id": world.exports["far_principal"]["sentinel.staff"],
        "message_id": world.messages["far_principal"],
        "town": "440106001",
        "number": "G001",
        "act": "forget",
        "token": links.address_of("cast-courier", NOON.date(), at=clock.now()).rpartition("/")[2],
        "grant_id": Grant.objects.get(user=world.users["far_town"]).id,
        "venue_id": world.venues[HIDDEN.mark],
        "named_id": world.venues[HIDDEN.mark],
        "contract_id": world.contracts[HIDDEN.mark],
        "registration_id": Registration.objects.get(contract=world.contracts[HIDDEN.mark]).id,
        "family_member_id": FamilyMember.objects.get(registration__contract=world.contracts[HIDDEN.mark]).id,
        "site_user_id": SiteUser.objects.get(contract=world.contracts[HIDDEN.mark]).id,
        **of_prevention(world, HIDDEN.mark),
        **of_gate(world, HIDDEN.mark),
        "claim_id": world.claims[HIDDEN.mark],
        "dependant_id": world.dependants[HIDDEN.mark],
        "link_id": world.documents[HIDDEN.mark],
        "checkpoint_id": Checkpoint.objects.get(venue=world.venues[HIDDEN.mark]).id,
        **of_device(world, HIDDEN.mark),
    }


def missing(name: str) -> Any:
    return NOT_THERE.get(name) or uuid4()


OF_ONE = [route for route in PAGES if PATTERNS[route.name].pattern.converters]


def differences(
    route: Route, visitor: Visitor, known: Mapping[str, Any], foreign: Mapping[str, Any]
) -> Iterator[Any]:
    """Where a foreign object is answered otherwise than one that is not there, or either is found."""
    for name in PATTERNS[route.name].pattern.converters:
        nothing = {**known, name: missing(name), "product": "no-such", "export_kind": "no.such"}
        for method in route.methods:
            absent = visitor.send(method, address(route, nothing))
            if absent.status_code != 404:
                yield route.name, method, name, "absent", absent.status_code
            if name not in foreign:
                continue
            hidden = visitor.send(method, address(route, {**known, **foreign}))
            if hidden.status_code != 404:
                yield route.name, method, name, "hidden", hidden.status_code
            if (hidden.content, hidden.headers) != (absent.content, absent.headers):
                yield route.name, method, name, "told apart", hidden.content.decode()[:200]


@pytest.mark.promise("T1")
@pytest.mark.promise("T2")
@pytest.mark.parametrize(
    "role", [role for role in ROLES if any(role in roles_of(one.action) for one in OF_ONE)]
)
def test_foreign_and_missing_objects_answer_alike(world: World, role: str) -> None:
    visitor, known, foreign = Visitor(world, role), values(world, role), outside(world)
    if role in ("bureau", "principal"):
        foreign["code"] = "cast-courier"
    found = [
        one
        for route in OF_ONE
        if role in roles_of(route.action)
        for one in differences(route, visitor, known, foreign)
    ]
    assert found == []


@pytest.mark.promise("T1")
@pytest.mark.parametrize("name", ["sentinel:remove_staff", "sentinel:remove_organizations"])
def test_a_ticked_row_of_others_is_as_unknown_as_a_missing_one(world: World, name: str) -> None:
    ids = {
        "sentinel:remove_staff": world.staff[FAR.mark][0].id,
        "sentinel:remove_organizations": world.enrolments[FAR.mark].id,
    }
    client = world.browser("town")
    foreign, absent = (client.post(reverse(name), {"id": id_}) for id_ in (ids[name], uuid4()))
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content


def call(client: Client, route: Route, method: str) -> int:
    """The status of the call with nothing in it."""
    try:
        where = reverse(route.name)
    except NoReverseMatch as error:  # a call with something in its address needs its own lines here
        raise AssertionError(route.name) from error
    arguments: dict[str, Any] = {"content_type": "application/x-ndjson"} if "POST" in route.methods else {}
    return int(getattr(client, method.lower())(where, **arguments).status_code)


@pytest.mark.promise("T1")
def test_a_call_is_for_the_tokens_of_its_action(world: World) -> None:
    found = [
        (role, route.name, method, status)
        for role in world.tokens
        for route in CALLS
        for method in route.methods
        if (status := call(world.machine(role), route, method))
        not in ({200, 422} if role in roles_of(route.action) else {403})
    ]
    assert found == []


@pytest.mark.promise("T1")
def test_a_call_needs_a_token_that_is_known(world: World) -> None:
    headers: tuple[dict[str, str], ...] = (
        {},
        {"authorization": "Bearer no-such"},
        {"authorization": "Basic abc"},
    )
    found = [
        (given, route.name, method, status)
        for given in headers
        for route in CALLS
        for method in route.methods
        if (status := call(Client(headers=given), route, method)) != 401
    ]
    assert found == []


@pytest.mark.promise("T1")
@pytest.mark.promise("T2")
def test_a_foreign_category_is_as_unknown_to_a_call_as_a_missing_one(world: World) -> None:
    for role in ("bureau", "principal"):
        for call, param in (("compliance", "category"), ("vaccination-statistics", "category")):
            foreign, absent = (
                world.machine(role).get(f"/api/v1/sentinel/{call}?{param}={code}")
                for code in ("cast-courier", "no-courier")
            )
            assert foreign.status_code == absent.status_code, (role, call)
            assert foreign.content == absent.content.replace(b"no-courier", b"cast-courier"), (role, call)
