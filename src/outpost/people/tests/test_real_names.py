"""Real names 实名: one account a document; a second one becomes a ticket and is told nothing (P-, T6, T11)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import disable_account, open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.people import queries, real_names
from outpost.people.jobs import end_tokens
from outpost.people.models import Claim, RealName, TokenEnd
from outpost.people.real_names import Statement
from outpost.people.rules import Document, DocumentType, normalise_document
from outpost.people.tokens import holder_of
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def citizen(number: int) -> User:
    return open_phone_account(f"1370000{number:04}", address="", at=NOON)


def actor(user: User) -> Actor:
    return actor_of(user, is_verified=True)


def card(number: int) -> Document:
    return normalise_document(DocumentType.RESIDENT_ID, id_number(number), today=NOON.date())


def state(user: User, number: int, name: str = "甄市民", *, days: int = 0) -> bool:
    at = NOON + timedelta(days=days)
    return real_names.state_real_name(user, Statement(name, card(number)), actor=actor(user), at=at)


def refused(act: object) -> str:
    with pytest.raises(Refusal) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def test_an_account_speaks_for_one_document(cast: Cast) -> None:
    user = citizen(1)
    assert state(user, 1)
    spoken = queries.spoken_for(user.id)
    assert spoken is not None
    assert (spoken.name, spoken.seen_at, spoken.since) == ("甄**", None, NOON)
    assert id_number(1) not in spoken.number
    assert refused(lambda: state(user, 2)) == "people.real_name_stands"
    assert AuditEntry.objects.filter(action="people.real_name_stated").count() == 1


def test_an_officer_who_sees_card_and_phone_confirms_the_account(cast: Cast) -> None:
    user, other = citizen(1), citizen(2)
    assert state(user, 1)
    town = cast.actor("town")

    def see(number: int, phone: str, by: Actor = town) -> str:
        return refused(lambda: real_names.confirm_on_sight(card(number), phone, actor=by, at=NOON))

    assert see(1, "13700000002") == see(2, "13700000001") == "people.not_stated_so"
    assert (
        see(1, "13700000001", actor(other))
        == see(1, "13700000001", cast.actor("principal"))
        == "core.forbidden"
    )
    real_names.confirm_on_sight(card(1), "13700000001", actor=town, at=NOON)
    spoken = queries.spoken_for(user.id)
    assert spoken is not None
    assert (spoken.seen_at, spoken.since) == (NOON, None)
    assert AuditEntry.objects.get(action="people.real_name_seen").object_id == str(user.id)
    assert see(1, "13700000001") == "people.not_stated_so"  # once


@pytest.mark.promise("T6")
def test_a_second_account_becomes_a_ticket_and_learns_nothing(cast: Cast) -> None:
    first, second = citizen(1), citizen(2)
    assert state(first, 1, "甄第一")
    assert not state(second, 1, "甄第二")
    assert queries.spoken_for(second.id) is None
    row = queries.own_claim(second.id)
    assert row is not None
    assert (row.name, row.phone) == ("甄**", "137****0002")
    assert refused(lambda: state(second, 2)) == "people.claim_waits"
    assert [one.id for one in queries.claims_about(first.id)] == [row.claim.id]
    assert queries.claims_about(second.id) == []


@pytest.mark.promise("T11")
def test_a_phone_states_three_times_a_day_whatever_is_withdrawn_or_closed(cast: Cast) -> None:
    state(citizen(1), 1)
    second = citizen(2)
    for _ in range(2):
        assert not state(second, 1)
        real_names.withdraw_claim(second, actor=actor(second), at=NOON)
    real_names.close_own_account(second, actor=actor(second), at=NOON)
    again = citizen(2)
    assert again.id != second.id
    assert not state(again, 1)
    real_names.withdraw_claim(again, actor=actor(again), at=NOON)
    assert refused(lambda: state(again, 3)) == "people.too_many_statements"
    assert state(again, 3, days=1)


def test_the_first_hands_over_or_says_no(cast: Cast) -> None:
    first, second, third = citizen(1), citizen(2), citizen(3)
    state(first, 1)
    state(second, 1)
    (claim,) = queries.claims_about(first.id)
    assert (
        refused(lambda: real_names.answer_claim(claim.id, third, is_own=True, actor=actor(third), at=NOON))
        == "core.not_found"
    )
    real_names.answer_claim(claim.id, first, is_own=False, actor=actor(first), at=NOON)
    assert queries.spoken_for(first.id) is not None
    assert queries.claims_about(first.id) == []
    real_names.answer_claim(claim.id, first, is_own=True, actor=actor(first), at=NOON)
    assert queries.spoken_for(first.id) is None
    spoken = queries.spoken_for(second.id)
    assert spoken is not None
    assert spoken.seen_at is None
    assert TokenEnd.objects.get().person_id == spoken.person_id
    (told,) = queries.claims_about(first.id)
    assert told.is_granted


def test_an_officer_of_the_town_decides_on_the_card(cast: Cast) -> None:
    first, second, town = citizen(1), citizen(2), cast.actor("town")
    state(first, 1)
    state(second, 1)
    claim = Claim.objects.get()

    def decide(number: int) -> None:
        real_names.decide_claim(claim.id, card(number), actor=town, at=NOON)

    assert refused(lambda: decide(1)) == "core.not_found"
    real_names.choose_town(second, "440115001", actor=actor(second), at=NOON)
    assert refused(lambda: decide(2)) == "people.card_differs"
    assert refused(
        lambda: real_names.decide_claim(claim.id, card(1), actor=cast.actor("bureau"), at=NOON)
    ) == ("core.forbidden")
    decide(1)
    spoken = queries.spoken_for(second.id)
    assert spoken is not None
    assert (spoken.seen_at, spoken.since) == (NOON, None)
    assert RealName.objects.get().seen_by == "town"
    assert queries.spoken_for(first.id) is None
    assert [one.is_granted for one in queries.claims_about(first.id)] == [True]
    assert AuditEntry.objects.get(action="people.claim_decided").detail == {"granted": True}
    assert refused(lambda: decide(1)) == "core.not_found"


def test_a_refused_ticket_changes_nothing(cast: Cast) -> None:
    first, second = citizen(1), citizen(2)
    state(first, 1)
    state(second, 1)
    real_names.choose_town(second, "440115001", actor=actor(second), at=NOON)
    real_names.decide_claim(Claim.objects.get().id, None, actor=cast.actor("town"), at=NOON)
    assert queries.spoken_for(first.id) is not None
    row = queries.own_claim(second.id)
    assert row is not None
    assert row.claim.is_granted is False


def test_a_closed_account_leaves_nothing_of_its_owner(cast: Cast) -> None:
    user = citizen(1)
    state(user, 1)
    real_names.close_own_account(user, actor=actor(user), at=NOON)
    row = User.objects.get(id=user.id)
    assert (row.phone_hash, row.sealed_phone, row.display_name, row.is_active) == (None, None, "", False)
    assert not RealName.objects.exists()
    assert TokenEnd.objects.count() == 1
    assert AuditEntry.objects.filter(action="access.account_closed", object_id=str(user.id)).exists()
    assert state(citizen(2), 1)
    principal = cast.users["principal"]
    assert (
        refused(lambda: real_names.close_own_account(principal, actor=actor(principal), at=NOON))
        == "access.rights_held"
    )


def test_a_lost_phone_checks_in_no_more(cast: Cast) -> None:
    user, lost, here = citizen(1), Client(), Client()
    state(user, 1)
    for browser in (lost, here):
        sign_in(browser, user)
    token = lost.get(reverse("people:token")).json()["token"]
    at = clock.now() + timedelta(seconds=2)
    assert holder_of(ring(), token, ended={}, at=at)
    assert here.post(reverse("people:end_tokens"))["Location"] == reverse("web:my")
    ended = dict(TokenEnd.objects.values_list("person_id", "ended_at"))
    assert holder_of(ring(), token, ended=ended, at=at) is None
    assert lost.get(reverse("people:token"), follow=True).context["by"] == "phone"
    assert here.get(reverse("people:token")).json()["token"]
    assert AuditEntry.objects.get(action="people.tokens_ended").object_id == str(user.id)


def test_a_disabled_account_checks_in_no_more(cast: Cast) -> None:
    user, phone = citizen(1), Client()
    state(user, 1)
    sign_in(phone, user)
    token, at = phone.get(reverse("people:token")).json()["token"], clock.now() + timedelta(seconds=2)
    disable_account(user.id, actor=actor(cast.users["security"]), at=at)
    (queued,) = ProcrastinateJob.objects.filter(task_name="people.end_tokens")
    end_tokens(**queued.args)
    ended = dict(TokenEnd.objects.values_list("person_id", "ended_at"))
    assert holder_of(ring(), token, ended=ended, at=at) is None
