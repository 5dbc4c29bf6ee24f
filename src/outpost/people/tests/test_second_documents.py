"""A second document that somebody states of themselves links nothing until an officer has seen both papers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.audit.models import AuditEntry
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.health.models import PassFactsRow
from outpost.health.services import Declared, declare
from outpost.people import links, real_names, second_documents
from outpost.people.models import DocumentLink, RealName, StatedDocument
from outpost.people.real_names import Statement
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import person_id_of
from outpost.people.tests.test_real_names import actor, card, citizen, state
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("T9")]
PASSPORT = Document(DocumentType.PASSPORT, "E12345678")
PHONE = "13700000001"


def named(number: int = 1) -> User:
    user = citizen(number)
    state(user, number)
    return user


def say(user: User, document: Document = PASSPORT) -> None:
    second_documents.state_document(user, Statement("甄市民", document), actor=actor(user), at=NOON)


def see(
    cast: Cast,
    *,
    own: Document | None = None,
    other: Document = PASSPORT,
    phone: str = PHONE,
    role: str = "town",
) -> None:
    second_documents.link_on_sight(own or card(1), other, phone, actor=cast.actor(role), at=NOON)


def refused(act: Callable[..., None], *arguments: Any, **named_ones: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        act(*arguments, **named_ones)
    return refusal.value.code


def of(document: Document) -> UUID:
    return person_id_of(ring(), document)


def test_nothing_is_linked_before_an_officer_has_seen_both(cast: Cast) -> None:
    user = named()
    declared = Declared(symptoms=("咳嗽",), was_in_risk_area=False)
    declare(of(PASSPORT), declared, key=uuid4(), is_seen=True, actor=cast.actor("command"), at=NOON)
    say(user)
    assert not DocumentLink.objects.exists()
    assert not PassFactsRow.objects.filter(person_id=of(card(1))).exists()
    see(cast)
    assert [one.doc_type for one in links.linked_to(of(card(1)))] == [DocumentType.PASSPORT]
    assert PassFactsRow.objects.get(person_id=of(card(1))).has_symptoms is True
    assert RealName.objects.get(account=user).seen_at == NOON  # the card lay there, too
    assert not StatedDocument.objects.exists()
    acts = AuditEntry.objects.filter(action__startswith="people.document").order_by("seq")
    told = [one.action.removeprefix("people.document_") for one in acts]
    assert (told[0], told[-1]) == ("stated", "seen")
    assert PASSPORT.number not in str([one.detail for one in acts])


def test_what_differs_is_never_said(cast: Cast) -> None:
    user, other = named(), named(2)
    assert refused(see, cast) == "people.papers_differ"  # nothing was stated
    say(user)
    for wrong in ({"own": card(2)}, {"other": card(3)}, {"phone": "13700000002"}):
        assert refused(see, cast, **wrong) == "people.papers_differ"
    say(other, Document(DocumentType.PASSPORT, "E87654321"))
    two_people = {"own": card(2), "phone": "13700000002"}
    assert refused(see, cast, **two_people) == "people.papers_differ"
    assert refused(see, cast, own=card(2)) == "people.papers_differ"
    assert not DocumentLink.objects.exists()
    assert StatedDocument.objects.count() == 2


@pytest.mark.parametrize("role", ["bureau", "principal", "feeder", "auditor", "outsider"])
def test_whose_word_it_takes(cast: Cast, role: str) -> None:
    say(named())
    assert refused(see, cast, role=role) == "core.forbidden"
    assert not DocumentLink.objects.exists()


def test_one_waits_at_a_time_and_can_be_taken_back(cast: Cast) -> None:
    user = named()
    assert refused(say, user, card(1)) == "people.link_is_self"
    say(user)
    assert refused(say, user, card(5)) == "people.document_waits"
    second_documents.withdraw_document(user, actor=actor(user), at=NOON)
    assert refused(second_documents.withdraw_document, user, actor=actor(user), at=NOON) == "core.not_found"
    assert refused(say, user, card(6)) == "people.too_many_statements"
    nobody = citizen(9)
    assert refused(say, nobody) == "people.real_name_missing"
    later = NOON + timedelta(days=2)
    second_documents.state_document(user, Statement("甄市民", PASSPORT), actor=actor(user), at=later)
    real_names.close_own_account(user, actor=actor(user), at=later)
    assert not StatedDocument.objects.exists()


def test_the_pages(cast: Cast) -> None:
    user, client, officer = named(), Client(headers={"accept-language": "zh-hans"}), Client()
    sign_in(client, user)
    sign_in(officer, cast.users["town"])
    new = reverse("people:second_document")
    assert new in client.get("/my").content.decode()
    said = {"name": "甄市民", "document_type": "passport", "document_number": PASSPORT.number}
    assert 'role="alert"' in shown(client, client.post(new, said | {"name": ""})).content.decode()
    assert client.post(new, said)["Location"] == reverse("web:my")
    page = client.get("/my").content.decode()
    assert "等待镇街人员核对两份证件" in page
    assert PASSPORT.number not in page
    papers = {
        "document_type": "resident_id",
        "document_number": card(1).number,
        "other_type": "passport",
        "other_number": PASSPORT.number,
        "phone": PHONE,
    }
    where = reverse("people:both_papers")
    assert (
        'role="alert"'
        in shown(officer, officer.post(where, papers | {"phone": "13700000002"})).content.decode()
    )
    assert officer.post(where, papers).status_code == 302
    assert "等待镇街人员核对两份证件" not in client.get("/my").content.decode()
    assert DocumentLink.objects.standing().count() == 2
