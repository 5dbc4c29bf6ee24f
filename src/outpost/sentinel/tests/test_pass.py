"""The page of a staff member shows their pass with its reason, to an employer only whose number is borne out."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health.conditions import Condition
from outpost.health.services import Declared, declare
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.person import passes_of
from outpost.sentinel.queries.staff import staff_member
from outpost.sentinel.services.latest import follow_staff
from outpost.sentinel.tests.ledgers import add
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

SICK = Declared(symptoms=("咳嗽",), was_in_risk_area=False)


@pytest.fixture
def member(cast: Cast) -> StaffMember:
    member = add(cast)
    declare(member.person_id, SICK, key=uuid4(), is_seen=True, actor=Actor.system("tests"), at=clock.now())
    return member


def test_it_stands_on_the_page_with_its_reason(client: Client, cast: Cast, member: StaffMember) -> None:
    sign_in(client, cast.users["command"])
    text = client.get(f"/sentinel/staff/{member.id}").content.decode()
    assert "黄码" in text
    assert "申报有症状，请测核酸" in text
    assert "由新的健康申报解除" in text
    assert 'data-shape="triangle"' in text


@pytest.mark.promise("T9")
def test_an_employer_learns_nothing_by_a_number_that_nobody_confirmed(
    cast: Cast, member: StaffMember
) -> None:
    def shown_to(who: str) -> bool:
        actor = cast.actor(who)
        return bool(passes_of([staff_member(member.id, actor=actor, at=NOON)], at=NOON, actor=actor))

    assert shown_to("principal")
    StaffMember.objects.filter(id=member.id).update(is_unconfirmed=True)
    follow_staff([member.id])
    assert not shown_to("principal")
    assert shown_to("command")


def listed(client: Client, address: str = "") -> str:
    return client.get(f"/sentinel/staff/?category=cast-cold{address}").content.decode()


def test_the_list_shows_passes_and_finds_by_their_reason(
    client: Client, cast: Cast, member: StaffMember
) -> None:
    sign_in(client, cast.users["command"])
    row = f"/sentinel/staff/{member.id}"
    assert "申报有症状，请测核酸" in listed(client)
    assert row in listed(client, "&pass_reason=symptoms")
    assert row not in listed(client, "&pass_reason=nothing")


@pytest.mark.promise("T9")
def test_no_employer_finds_by_the_pass_of_a_number_that_nobody_confirmed(
    client: Client, cast: Cast, member: StaffMember
) -> None:
    sign_in(client, cast.users["principal"])
    row = f"/sentinel/staff/{member.id}"
    assert "申报有症状，请测核酸" in listed(client)
    assert row in listed(client, "&pass_reason=symptoms")
    StaffMember.objects.filter(id=member.id).update(is_unconfirmed=True)
    follow_staff([member.id])
    assert "申报有症状" not in listed(client).replace("</option>", "").partition("<tbody")[2]
    for condition in Condition:
        assert row not in listed(client, f"&pass_reason={condition}")


def test_one_look_at_the_facts_whatever_the_length_of_the_page(client: Client, cast: Cast) -> None:
    sign_in(client, cast.users["command"])
    add(cast, 1)
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for number in range(2, 12):
        add(cast, number)
    with CaptureQueriesContext(connection) as many:
        listed(client)
    assert len(many) == len(few)
