"""Nothing of one enterprise shows to another, whatever is opened, filtered, sorted, searched or exported (T2)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from outpost.core import clock
from outpost.core.masking import mask_phone
from outpost.health.models import TestRecord
from outpost.sentinel.models import DutySpell, Enrolment, MatchCount, MatchFinding, StaffMember
from outpost.sentinel.tests.pages import at_clock
from tests.security.crawl import Answer, Crawl
from tests.security.world import FAR, HIDDEN, NEAR, TENANTS, Tenant, World

pytestmark = pytest.mark.promise("T2")

FOREIGN: Mapping[str, tuple[Tenant, ...]] = {
    "principal": (FAR, HIDDEN),
    "far_principal": (NEAR, HIDDEN),
    "manager": (FAR, HIDDEN),
    "inspector": (FAR, HIDDEN),
    **dict.fromkeys(("site_lead", "site_supervisor", "site_user"), (FAR, HIDDEN)),
    "town": (FAR, HIDDEN),
    "far_town": (NEAR, HIDDEN),
    "bureau": (HIDDEN,),
    "post": (NEAR, FAR),
    "command": (HIDDEN,),
    **dict.fromkeys(("feeder", "operator", "outsider", "citizen", "anonymous"), TENANTS),
    **dict.fromkeys(("token:principal", "token:town"), (FAR, HIDDEN)),
    **dict.fromkeys(("token:bureau", "token:command"), (HIDDEN,)),
    "token:feeder": TENANTS,
}


@pytest.mark.parametrize("who", FOREIGN)
def test_no_answer_holds_a_canary_of_others(crawl: Crawl, who: str) -> None:
    answers = crawl.of(who)
    assert answers
    found = {
        (answer.url, canary)
        for answer in answers
        for tenant in FOREIGN[who]
        for canary in tenant.canaries()
        if canary in answer.everything
    }
    assert found == set()


@pytest.mark.parametrize(("who", "own"), [("principal", NEAR), ("far_town", FAR), ("post", HIDDEN)])
def test_the_walk_met_what_is_its_own(crawl: Crawl, who: str, own: Tenant) -> None:
    routes = {answer.route for answer in crawl.of(who) if own.mark in answer.text}
    assert routes >= {"sentinel:staff", "sentinel:staff_member", "sentinel:organizations", "sentinel:missed"}
    if who != "post":
        assert "exchange:download" in routes


def bare(answer: Any) -> str:
    """A page without what differs each time: tokens and sealed texts."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]*', "", answer.content.decode())
    return re.sub(r"AQAB[A-Za-z0-9_-]{30,}", "", text)


def pages_of(answers: list[Answer]) -> Iterator[str]:
    """One address of each kind of page and query."""
    kinds = set()
    for answer in answers:
        parts = urlsplit(answer.url)
        kind = (parts.path, tuple(name for name, _value in parse_qsl(parts.query)))
        if answer.route.startswith("sentinel:") and answer.status == 200 and kind not in kinds:
            kinds.add(kind)
            yield answer.url


def forget(tenant: Tenant, world: World) -> None:
    """As if an enterprise had never been."""
    staff = StaffMember.objects.filter(enrolment=world.enrolments[tenant.mark])
    people = list(staff.values_list("person_id", flat=True))
    MatchFinding.objects.filter(staff__in=staff).delete()
    MatchCount.objects.filter(enrolment=world.enrolments[tenant.mark]).delete()
    DutySpell.objects.filter(staff__in=staff).delete()
    TestRecord.objects.filter(person_id__in=people).delete()
    staff.delete()
    Enrolment.objects.filter(id=world.enrolments[tenant.mark].id).delete()


@pytest.mark.parametrize(("who", "other"), [("principal", FAR), ("town", FAR)])
def test_pages_are_the_same_without_the_others(crawl: Crawl, world: World, who: str, other: Tenant) -> None:
    client, addresses = world.browser(who), list(pages_of(crawl.of(who)))
    assert len(addresses) > 20
    with at_clock(clock.now()):  # every page says its minute
        before = {address: bare(client.get(address)) for address in addresses}
        forget(other, world)
        after = {address: bare(client.get(address)) for address in addresses}
    assert [address for address in addresses if before[address] != after[address]] == []


def search(client: Client, field: str, text: str) -> str:
    """What a sealed search shows, without what was searched for."""
    sent = {"next": "/sentinel/staff/", "private": ["name", "phone", "document"], field: text, "duty": "all"}
    found = client.post("/search", sent)
    assert text not in found["Location"]
    return bare(client.get(found["Location"])).replace(text, "")


@pytest.mark.promise("T7")
@pytest.mark.parametrize("field", ["name", "phone", "document"])
def test_a_search_for_others_finds_as_much_as_for_nobody(world: World, field: str) -> None:
    client = world.browser("principal")
    texts = {
        "name": (FAR.people[0].name, "查无此人", NEAR.people[0].name),
        "phone": (FAR.people[0].phone, "13999990000", NEAR.people[0].phone),
        "document": (FAR.people[0].number, "110101198001019996", NEAR.people[0].number),
    }
    other, nobody, own = (search(client, field, text) for text in texts[field])
    assert other == nobody
    assert own != nobody


def test_masks_of_the_enterprises_differ() -> None:
    masks = {mask_phone(person.phone) for tenant in TENANTS for person in tenant.people}
    assert len(masks) == sum(len(tenant.people) for tenant in TENANTS)
