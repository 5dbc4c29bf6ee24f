"""代办: name and document bind nobody; the person, who acts already, or an officer confirms; everybody can undo."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.people import dependants, queries, real_names
from outpost.people.acting import OF_AGE, has_ended
from outpost.people.models import Dependant, RealName, TokenEnd
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, check_character, normalise_document
from outpost.people.tests.test_real_names import actor, card, citizen, refused, state
from outpost.people.tokens import LONGEST, holder_of
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

TODAY = local_day(NOON)
TOWN = "440115001"


def ask(user: User, number: int, name: str = "甄小孩") -> UUID:
    """Ask to act for the person of a card; the id of what waits."""
    stated = Statement(name, card(number))
    dependants.ask_to_act(user, stated, TOWN, actor=actor(user), at=NOON)
    return Dependant.objects.order_by("-asked_at", "-id").get(account=user, person_id=person(number)).id


def named(number: int) -> User:
    """A citizen with a real name, of another card than those acted for."""
    user = citizen(number)
    state(user, 100 + number, "甄大人")
    return user


def elder_of(number: int) -> User:
    """A citizen of this card, which an officer has seen."""
    user = citizen(number)
    state(user, number)
    RealName.objects.filter(account=user).update(seen_at=NOON, seen_by="town")
    return user


def person(number: int) -> UUID:
    return queries.find_by_document(card(number).doc_type, card(number).number, today=TODAY)


def acts_for(user: User) -> list[UUID]:
    return [one.person_id for one in queries.own_dependants(user.id, today=TODAY) if one.confirmed_at]


def answer(id_: UUID, user: User, *, is_right: bool = True) -> None:
    dependants.answer(id_, user, is_right=is_right, actor=actor(user), at=NOON)


@pytest.mark.promise("T9")
def test_name_and_document_alone_bind_nobody(cast: Cast) -> None:
    stranger, elder = named(1), elder_of(2)
    id_ = ask(stranger, 2)
    assert ask(stranger, 2) == id_
    assert acts_for(stranger) == []
    assert refused(lambda: answer(id_, stranger)) == "core.not_found"
    assert refused(lambda: answer(id_, named(3))) == "core.not_found"
    answer(id_, elder, is_right=False)
    assert not Dependant.objects.exists()


def test_the_person_or_who_acts_already_confirms(cast: Cast) -> None:
    first, second, elder = named(1), named(2), elder_of(3)
    answer(ask(first, 3), elder)
    id_ = ask(second, 3)
    assert [one.id for one in queries.dependants_to_answer(first.id, today=TODAY)] == [id_]
    answer(id_, first)
    assert acts_for(first) == acts_for(second) == [person(3)]
    assert list(Dependant.objects.order_by("confirmed_by").values_list("confirmed_by", flat=True)) == [
        "guardian",
        "own",
    ]
    assert {one.account_id for one in queries.acting_beside(elder.id, today=TODAY)} == {first.id, second.id}
    dependants.undo(id_, first, actor=actor(first), at=NOON)
    assert acts_for(second) == []
    assert TokenEnd.objects.get().person_id == person(3)
    mine = Dependant.objects.get(account=first).id
    foreign = refused(lambda: dependants.undo(mine, second, actor=actor(second), at=NOON))
    assert foreign == "core.not_found"
    dependants.undo(mine, elder, actor=actor(elder), at=NOON)
    assert AuditEntry.objects.filter(action="people.dependant_undone").count() == 2


@pytest.mark.promise("T9")
def test_a_second_phone_that_states_the_number_binds_nobody_and_ends_nothing(cast: Cast) -> None:
    parent, stranger, second_phone = named(1), named(2), citizen(3)
    dependants.confirm_on_sight(ask(parent, 4), card(4), actor=cast.actor("town"), at=NOON)
    mine = Dependant.objects.get(account=parent).id
    id_ = ask(stranger, 4)
    state(second_phone, 4)
    assert not queries.dependants_to_answer(second_phone.id, today=TODAY)
    assert not queries.acting_beside(second_phone.id, today=TODAY)
    assert refused(lambda: answer(id_, second_phone)) == "core.not_found"
    ended = refused(lambda: dependants.undo(mine, second_phone, actor=actor(second_phone), at=NOON))
    assert ended == "core.not_found"
    assert acts_for(stranger) == []
    assert acts_for(parent) == [person(4)]


def test_an_officer_confirms_on_the_papers(cast: Cast) -> None:
    user, town = named(1), cast.actor("town")
    id_ = ask(user, 5)

    def decide(number: int | None) -> None:
        paper = None if number is None else card(number)
        dependants.confirm_on_sight(id_, paper, actor=town, at=NOON)

    assert [one.id for one in queries.dependants_to_see(actor=town)] == [id_]
    assert refused(lambda: decide(6)) == "people.card_differs"
    other = cast.actor("bureau")
    assert (
        refused(lambda: dependants.confirm_on_sight(id_, card(5), actor=other, at=NOON)) == "core.forbidden"
    )
    decide(5)
    assert acts_for(user) == [person(5)]
    assert refused(lambda: decide(None)) == "core.not_found"


def test_limits(cast: Cast) -> None:
    user = citizen(1)
    assert refused(lambda: ask(user, 1)) == "people.real_name_missing"
    state(user, 1)
    assert refused(lambda: ask(user, 1)) == "people.dependant_is_self"
    for number in range(20, 30):
        ask(user, number)
    assert refused(lambda: ask(user, 30)) == "people.dependants_enough"
    for _ in range(2):
        ask(user, 20)
    assert refused(lambda: ask(user, 20)) == "people.too_many_statements"


def test_a_closed_account_acts_for_nobody(cast: Cast) -> None:
    user, elder = named(1), elder_of(2)
    answer(ask(user, 2), elder)
    real_names.close_own_account(user, actor=actor(user), at=NOON)
    assert not Dependant.objects.exists()
    assert TokenEnd.objects.filter(person_id=person(2)).exists()


@pytest.mark.rules
def test_acting_for_a_child_ends_on_its_sixteenth_birthday() -> None:
    born = date(2008, 2, 29)
    before, on = date(2024, 2, 29) - timedelta(days=1), date(2024, 2, 29)
    assert not has_ended(born, date(2023, 1, 1), before)
    assert has_ended(born, date(2023, 1, 1), on)
    assert not has_ended(date(1940, 1, 1), date(2023, 1, 1), on)
    assert not has_ended(None, date(2023, 1, 1), on)
    assert has_ended(date(2007, 2, 28), date(2022, 1, 1), date(2023, 2, 28))
    leap = date(2084, 2, 29)  # 2100 has no such day
    assert not has_ended(leap, date(2099, 1, 1), date(2100, 2, 28))
    assert has_ended(leap, date(2099, 1, 1), date(2100, 3, 1))


def test_a_childs_token_ends_with_the_childs_own_word(cast: Cast) -> None:
    """One that was fetched the day before lasted for another month."""
    today = local_day(clock.now())
    first = f"110101{today.year - OF_AGE}{today + timedelta(days=3):%m%d}001"
    child = normalise_document(DocumentType.RESIDENT_ID, first + check_character(first), today=today)
    parent, at = elder_of(1), clock.now() - timedelta(days=1)
    dependants.ask_to_act(parent, Statement("甄小孩", child), TOWN, actor=actor(parent), at=at)
    id_ = Dependant.objects.get().id
    dependants.confirm_on_sight(id_, child, actor=cast.actor("town"), at=at)
    browser = Client()
    sign_in(browser, parent)
    told = browser.get(reverse("people:token")).json()

    def holds(token: str, on: date) -> bool:
        return holder_of(ring(), token, ended={}, at=clock.day_start(on)) is not None

    birthday = today + timedelta(days=3)
    (companion,) = told["companions"]
    assert len(companion["token"]) <= LONGEST  # what the lane reads
    assert holds(companion["token"], birthday - timedelta(days=1))
    assert not holds(companion["token"], birthday)
    assert holds(told["token"], birthday)
