"""What the pages of one person ask of the database: no more than they show."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outpost.core import clock
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.tests.ledgers import add
from outpost.sentinel.tests.pages import browser, page
from outpost.testing.browsers import sent
from outpost.testing.cast import Cast

MOST = 15  # on every page of a list, at a million staff too
TESTS_OWN = (
    "SAVEPOINT",
    "RELEASE",
    "SET CONSTRAINTS",
    "RESET",
)  # in place of the transactions of a real request
KEPT_LOOK = 1


def statements(queries: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in queries if not one["sql"].startswith(TESTS_OWN)]


def visited(cast: Cast, name: str) -> Client:
    """A browser past its first page: that one still writes the session."""
    client = browser(cast, name)
    client.get(reverse("web:home"))
    return client


@pytest.mark.parametrize(
    ("who", "looks"), [("town", 0), ("command", 0), ("bureau", 0), ("principal", KEPT_LOOK)]
)
def test_the_form_of_a_person_reads_no_facts(cast: Cast, who: str, looks: int) -> None:
    member = add(cast)
    client = visited(cast, who)
    with CaptureQueriesContext(connection) as queries:
        assert page(client, "sentinel:edit_staff", member.id).status_code == 200
    found = statements(queries)
    # with the session, the account, its rights and the count of the inbox
    assert len(found) - looks <= 7, found
    assert len([one for one in found if "audit_append" in one]) == looks
    assert not [one for one in found if "health_" in one or "sentinel_dutyspell" in one]


def test_a_change_looks_the_person_up_twice_once_to_ask_and_once_to_lock(cast: Cast) -> None:
    member = add(cast)
    client = visited(cast, "town")
    address = reverse("sentinel:edit_staff", args=[member.id])
    stated = sent(
        client, address, {"document_type": "resident_id", "job_type": "叉车工", "joined_on": "2022-06-08"}
    )
    with CaptureQueriesContext(connection) as queries:
        response = client.post(address, stated)
    assert response.status_code == 302
    assert StaffMember.objects.get(id=member.id).job_type == "叉车工"
    found = statements(queries)
    assert len([one for one in found if one.startswith('SELECT "sentinel_staffmember"')]) == 2
    assert len(found) <= 18, found


def test_the_page_of_a_person_looks_them_up_once(cast: Cast) -> None:
    member = add(cast)
    client = visited(cast, "town")
    with CaptureQueriesContext(connection) as queries:
        assert page(client, "sentinel:staff_member", member.id).status_code == 200
    found = statements(queries)
    assert len([one for one in found if one.startswith('SELECT "sentinel_staffmember"')]) == 1
    assert len(found) <= MOST + 2, found  # two look for the likely cause: this one was never sampled


NAMED = "category=cast-cold"
LISTS = (
    *("staff", f"staff?{NAMED}&size=100", f"staff?{NAMED}&state=missed", f"staff?{NAMED}&town=440115001"),
    *("organizations", "compliance", "alerts", "due"),
)


@pytest.mark.parametrize("who", ["command", "bureau", "town", "principal"])
def test_the_pages_of_lists_ask_few_statements_of_people_who_are_found_and_matched(
    cast: Cast, who: str
) -> None:
    for number in range(1, 4):
        add(cast, number, joined_on=date(2022, 5, 1))
    at = clock.now()
    run_match(clock.local_day(at), actor=cast.actor("command"), at=at)
    client = visited(cast, who)
    for one in LISTS:
        name, _mark, asked = one.partition("?")
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{reverse(f'sentinel:{name}')}?{asked}")
        if response.status_code == 200:
            found = statements(queries)
            assert len(found) <= MOST, (one, found)


@pytest.mark.parametrize("name", ["today", "compliance"])
def test_the_figures_of_many_categories_ask_no_more_than_those_of_two(cast: Cast, name: str) -> None:
    client, at = visited(cast, "command"), clock.now()

    def asked() -> list[str]:
        run_match(clock.local_day(at), actor=cast.actor("command"), at=at)
        with CaptureQueriesContext(connection) as queries:
            assert page(client, f"sentinel:{name}").status_code == 200
        return statements(queries)

    add(cast, 1, joined_on=date(2022, 5, 1))
    before = asked()
    for number in (2, 3):
        more = Category.objects.get(code="cast-cold")
        more.code = f"cast-more-{number}"
        more.save(force_insert=True)
        place = Enrolment.objects.create(
            category=more, organization_id=cast.near.organization_id, created_at=at, updated_at=at
        )
        add(cast, number, to=place.id, joined_on=date(2022, 5, 1))
    assert len(asked()) == len(before) <= MOST


def test_the_first_page_of_an_employer_asks_no_more_for_more_people(cast: Cast) -> None:
    client, at = visited(cast, "principal"), clock.now()
    for number in range(1, 9):  # overdue, unmatched
        add(cast, number, joined_on=date(2022, 5, 1))
    run_match(clock.local_day(at), actor=cast.actor("command"), at=at)
    with CaptureQueriesContext(connection) as queries:
        assert page(client, "sentinel:today").status_code == 200
    found = statements(queries)
    assert len(found) <= MOST + KEPT_LOOK + 3, found  # more than one list, and the likely causes
