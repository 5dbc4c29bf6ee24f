"""What citizens declare of their health and object to, by their own door: for whom they speak and for nobody else."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.stated import name_hash
from outpost.health import services
from outpost.health.conditions import Condition
from outpost.health.daily import Report
from outpost.health.models import Declaration, Objection, PassFactsRow
from outpost.health.passes import ASKED_AGAIN
from outpost.health.queries import pass_now
from outpost.health.queries.journeys import declarations_of, home_of, journeys_of, phone_of
from outpost.health.rules import OWN, STATED, Outcome
from outpost.health.sealing import seal_texts
from outpost.health.services import Declared
from outpost.health.services.proposals import propose_for
from outpost.health.sheets import DECLARATIONS, TestParser
from outpost.health.sheets.declared import DeclarationParser
from outpost.health.tests.records import a_test, document, person
from outpost.health.web.citizens import DECLARED
from outpost.notifications.models import InboxMessage
from outpost.people import dependants, real_names
from outpost.people.models import Dependant, Person, RealName
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.services import register_person
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast

pytestmark = pytest.mark.django_db
DECLARE, OBJECT, MY = "health:declare", "health:object", "web:my"
DECLARED_UNTIL = "health:declared"
ILL = {"symptoms": ["发热", "咳嗽"], "was_in_risk_area": "no", "stopovers": "杭州西湖", "temperature": "37.8"}
WELL = {"symptoms": ["none"], "was_in_risk_area": "no"}


def citizen(number: int = 1, *, is_seen: bool = False) -> User:
    user, at = open_phone_account(f"1370000000{number}", address="", at=clock.now()), clock.now()
    card = normalise_document(DocumentType.RESIDENT_ID, document(number), today=clock.local_day(at))
    real_names.state_real_name(
        user, Statement("甄市民", card), actor=actor_of(user, is_verified=True), at=at - timedelta(minutes=1)
    )
    if is_seen:
        RealName.objects.filter(account=user).update(seen_at=at, seen_by="town")
    return user


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, user)
    return client


def own(user: User) -> UUID:
    return RealName.objects.get(account=user).person_id


def send(
    client: Client, said: Mapping[str, object], who: UUID, name: str = DECLARE, key: UUID | None = None
) -> str:
    """Post the form of a page; what the page says then, or where it went."""
    data: dict[str, Any] = {"key": str(key or uuid4()), "people": [str(who)], "person": str(who), **said}
    answer = client.post(reverse(name), data)
    assert answer.status_code == 302
    where = answer["Location"]
    return client.get(where).content.decode() if where == reverse(name) else where


def test_a_seen_citizen_declares_and_the_pass_follows(cast: Cast) -> None:
    user = citizen(is_seen=True)
    client, me, key = browser(user), own(user), uuid4()
    assert send(client, ILL, me, key=key) == send(client, ILL, me, key=key) == reverse(MY)
    row = Declaration.objects.get()
    assert (row.source, row.symptoms, row.stopovers, str(row.temperature)) == (
        OWN,
        ["发热", "咳嗽"],
        "杭州西湖",
        "37.8",
    )
    assert pass_now.passes_of([me], at=clock.now())[me].condition is Condition.SYMPTOMS
    page = client.get(reverse(MY)).content.decode()
    assert "发热、咳嗽" in page
    assert "37.8 ℃" in page
    assert "杭州西湖" in page
    assert send(client, WELL, me) == reverse(MY)
    assert pass_now.passes_of([me], at=clock.now())[me].condition is not Condition.SYMPTOMS
    assert AuditEntry.objects.filter(action="health.declared").count() == 2


def test_the_phone_of_the_account_goes_with_the_declaration(cast: Cast) -> None:
    user = citizen(is_seen=True)
    send(browser(user), WELL, own(user))
    assert phone_of(Declaration.objects.get()) == contacts_of(user).phone != ""


def test_where_somebody_lives_is_sealed_seen_masked_and_stays_until_it_is_stated_anew(cast: Cast) -> None:
    user = citizen(is_seen=True)
    client, me = browser(user), own(user)
    assert send(client, {**WELL, "home": " 南沙街道示例路1号  2栋甲室 "}, me) == reverse(MY)
    assert home_declared(me) == "南沙街道示例路1号 2栋甲室"
    assert "示例路" not in str(Declaration.objects.values().get())
    for page in (MY, DECLARE):
        shown = client.get(reverse(page)).content.decode()
        assert "南沙街道示例***" in shown
        assert "甲室" not in shown
    send(client, WELL, me)  # blank
    assert "南沙街道示例***" in client.get(reverse(MY)).content.decode()
    send(client, {**WELL, "home": "珠江街道别处路7号"}, me)
    page = client.get(reverse(MY)).content.decode()
    assert ("珠江街道***" in page, "南沙街道示例***" in page) == (True, False)
    for wrong in ("珠" * 301, "珠江街道\ufffd路7号"):
        page = send(client, {**WELL, "home": wrong, "stopovers": "杭州西湖"}, me)
        assert "杭州西湖" in page  # nothing is lost
    assert Declaration.objects.count() == 3


def test_whoever_only_stated_a_number_sees_no_home_and_moves_nobody(cast: Cast) -> None:
    user = citizen()
    client, me, at = browser(user), own(user), clock.now()
    for source, home in ((OWN, "南沙街道示例路1号"), ("gov", "南沙街道示例路5号")):
        id_ = uuid4()
        row = Declaration(source=source, record_id=str(id_), id=id_, person_id=me, symptoms=[])
        row.declared_at = row.received_at = at - timedelta(days=1)
        row.sealed, row.stated_hash = seal_texts(ring(), id_, {"home": home})
        row.save(force_insert=True)
    for page in (MY, DECLARE):
        assert "南沙街道" not in client.get(reverse(page)).content.decode().replace("如：南沙街道示例路", "")
    send(client, {**WELL, "home": "珠江街道别处路7号"}, me)
    assert "珠江街道***" in client.get(reverse(MY)).content.decode()
    assert home_declared(me).startswith("南沙街道")
    Declaration.objects.exclude(source=STATED).delete()
    assert home_declared(me) == "珠江街道别处路7号"  # where nobody else states one it counts


@pytest.mark.parametrize("has_ended", [False, True])
def test_whoever_only_stated_a_number_sees_nothing_that_who_acts_for_them_declared(
    cast: Cast, has_ended: bool
) -> None:
    """A stranger states a child's number first; the grandmother, whose own card nobody has seen, declares for it."""
    stranger, grandmother = citizen(), citizen(2)
    child, at, acting = own(stranger), clock.now(), actor_of(grandmother, is_verified=True)
    card = normalise_document(DocumentType.RESIDENT_ID, document(1), today=clock.local_day(at))
    dependants.ask_to_act(grandmother, Statement("甄小民", card), "440115001", actor=acting, at=at)
    asked = Dependant.objects.get().id
    dependants.confirm_on_sight(asked, card, actor=cast.actor("town"), at=at)
    offered = browser(grandmother).get(reverse(DECLARE)).content.decode()
    assert all(f"** {document(one)[-4:]}" in offered for one in (1, 2))  # one surname, two people
    assert send(browser(grandmother), {**ILL, "home": "南沙街道示例路1号"}, child) == reverse(MY)
    if has_ended:
        dependants.undo(asked, grandmother, actor=acting, at=clock.now())
    for page in (MY, DECLARE):
        shown = browser(stranger).get(reverse(page)).content.decode()
        assert "南沙街道***" not in shown
        assert "发热、咳嗽" not in shown


def test_whoever_states_a_number_under_another_name_declares_for_nobody(cast: Cast) -> None:
    """Who knows a number alone cannot have their own phone, or a home, taken for that person's."""
    at = clock.now()
    card = normalise_document(DocumentType.RESIDENT_ID, document(1), today=clock.local_day(at))
    register_person(card, "真本人", at=at)
    stranger = citizen()  # states the number as 甄市民's
    send(browser(stranger), {**WELL, "home": "南沙街道示例路1号"}, own(stranger))
    assert Declaration.objects.get().person_id == person(1)
    asked = {person(1): name_hash(ring(), "真本人")}, {person(1): name_hash(ring(), "甄市民")}
    found = [declarations_of(one, since=at - timedelta(days=1), at=clock.now()) for one in asked]
    assert [len(one) for one in found] == [0, 1]


def home_declared(person_id: UUID) -> str:
    name = bytes(Person.objects.get(person_id=person_id).name_hash)
    home = home_of(journeys_of({person_id: name}, at=clock.now())[person_id])
    return home.text if home else ""


def test_ones_own_page_names_a_report_that_nobody_has_decided_about(cast: Cast) -> None:
    seen, stranger = citizen(is_seen=True), citizen(2)
    report = Report(clock.now(), Decimal("38.2"))
    reports = {own(one): report for one in (seen, stranger)}
    propose_for(reports, "site:1", actor=cast.actor("town"), at=clock.now())
    said = [
        "今日报告发热，待处置" in browser(one).get(reverse(MY)).content.decode() for one in (seen, stranger)
    ]
    assert said == [True, False]


def test_who_only_stated_a_number_changes_nobodys_pass(cast: Cast) -> None:
    """A stranger states somebody's number first and declares them ill: it is shown to the stranger alone."""
    stranger = citizen()
    client, whom = browser(stranger), own(stranger)
    assert send(client, ILL, whom) == reverse(MY)
    assert Declaration.objects.get().source == STATED
    assert not PassFactsRow.objects.filter(person_id=whom).exists()
    assert "发热、咳嗽" in client.get(reverse(MY)).content.decode()
    RealName.objects.filter(account=stranger).delete()
    other = citizen(2, is_seen=True)
    RealName.objects.filter(account=other).update(person_id=whom)
    assert "发热、咳嗽" not in browser(other).get(reverse(MY)).content.decode()


def test_nothing_is_ticked_beforehand_and_all_mistakes_are_told_at_once(cast: Cast) -> None:
    user = citizen()
    client, me = browser(user), own(user)
    assert "checked" not in client.get(reverse(DECLARE)).content.decode()
    page = send(client, {"symptoms": ["none", "咳嗽"], "temperature": "366"}, me)
    assert page.count('class="field-error"') == 3
    assert "有 1 项需要修改" in send(client, WELL, person(7))  # somebody else
    assert not Declaration.objects.exists()


def test_it_goes_back_to_the_check_in_page_and_to_no_other_site(cast: Cast) -> None:
    user = citizen()
    client, data = browser(user), {"key": str(uuid4()), "people": [str(own(user))], **WELL}
    for wanted, gone in (("/v/ABC", "/v/ABC"), ("https://example.com/", reverse(MY))):
        assert client.post(f"{reverse(DECLARE)}?next={wanted}", data)["Location"] == gone
        # The page of a code shows no message: one of it would come up on a later page.
        assert ("已申报" in client.get(reverse(MY)).content.decode()) is (gone != wanted)
    nobody = open_phone_account("13700000099", address="", at=clock.now())
    assert reverse("people:real_name") in browser(nobody).get(reverse(DECLARE))["Location"]


def test_a_phone_is_told_whether_a_declaration_is_missing(cast: Cast) -> None:
    seen, unseen = citizen(is_seen=True), citizen(2)
    nobody = open_phone_account("13700000099", address="", at=clock.now())
    assert browser(nobody).get(reverse(DECLARED_UNTIL))["Location"] == reverse("people:start")
    for user in (seen, unseen):
        client = browser(user)
        assert client.get(reverse(DECLARED_UNTIL)).json() == {"until": None}
        assert "您没有有效的健康申报" in client.get(reverse(DECLARE)).content.decode()
        send(client, WELL, own(user))
        until = datetime.fromisoformat(client.get(reverse(DECLARED_UNTIL)).json()["until"])
        assert until - clock.now() > ASKED_AGAIN - timedelta(minutes=1)
        assert "您没有有效的健康申报" not in client.get(reverse(DECLARE)).content.decode()


def test_who_only_stated_a_number_does_not_learn_whether_its_holder_declared(cast: Cast) -> None:
    stranger, at = citizen(), clock.now()
    declared = Declared(symptoms=(), was_in_risk_area=False)
    services.declare(own(stranger), declared, key=uuid4(), is_seen=True, actor=cast.actor("command"), at=at)
    assert browser(stranger).get(reverse(DECLARED_UNTIL)).json() == {"until": None}
    RealName.objects.update(seen_at=at, seen_by="town")
    assert browser(stranger).get(reverse(DECLARED_UNTIL)).json()["until"]


def test_whoever_declared_before_their_card_was_seen_reads_why_they_declare_once_more(cast: Cast) -> None:
    user, why = citizen(), "核验证件之前填写的申报不计入"
    client = browser(user)
    send(client, WELL, own(user))
    assert why not in client.get(reverse(MY)).content.decode()
    RealName.objects.filter(account=user).update(seen_at=clock.now(), seen_by="town")
    assert why in client.get(reverse(MY)).content.decode()
    send(client, WELL, own(user))
    assert why not in client.get(reverse(MY)).content.decode()


def test_a_day_has_an_end_for_one_account(cast: Cast) -> None:
    user = citizen()
    client, me = browser(user), own(user)
    assert send(client, WELL, me) == reverse(MY)
    for _time in range(DECLARED.tries - 1):
        throttle.take(DECLARED, f"user:{user.id}", at=clock.now())
    assert "今日提交次数已满" in send(client, WELL, me)
    assert Declaration.objects.count() == 1


def offers_objection(client: Client) -> bool:
    return f'href="{reverse(OBJECT)}"' in client.get(reverse(MY)).content.decode()


def test_a_citizen_objects_and_reads_the_answer(cast: Cast) -> None:
    user = citizen(is_seen=True)
    client, me = browser(user), own(user)
    said = {"text": "我没有阳性记录"}
    assert offers_objection(client)
    assert send(client, said, me, OBJECT) == reverse(MY)
    assert "已提交" in client.get(reverse(MY)).content.decode()
    told = InboxMessage.objects.filter(template="health.objection_raised")
    assert {one.user for one in told} == {cast.users["command"]}
    assert not offers_objection(client)  # a second one would be refused once it is written
    assert "已有" in send(client, said, me, OBJECT) or Objection.objects.count() == 1
    assert not Objection.objects.filter(person_id=person(7)).exists()
    assert "有 1 项需要修改" in send(client, said, person(7), OBJECT)
    services.answer_objection(
        Objection.objects.get().id, Outcome.STANDS, "记录属实", actor=cast.actor("command"), at=clock.now()
    )
    assert "记录属实" in client.get(reverse(MY)).content.decode()
    assert offers_objection(client)
    unseen = citizen(2)
    assert browser(unseen).get(reverse(OBJECT))["Location"] == reverse(MY)


def test_whoever_is_green_objects_for_a_child(cast: Cast) -> None:
    parent, at = citizen(2, is_seen=True), clock.now()
    client, acting = browser(parent), actor_of(parent, is_verified=True)
    card = normalise_document(DocumentType.RESIDENT_ID, document(1), today=clock.local_day(at))
    dependants.ask_to_act(parent, Statement("甄小民", card), "440115001", actor=acting, at=at)
    send(client, WELL, own(parent))
    tested = a_test(document_number=document(2), sampled_at=f"{at:%Y-%m-%dT%H:%M:%SZ}", result="阴性")
    services.record_tests([TestParser(at=at).stated(tested).values], actor=Actor.system("test"), at=at)
    assert not offers_objection(client)
    dependants.confirm_on_sight(Dependant.objects.get().id, card, actor=cast.actor("town"), at=at)
    assert offers_objection(client)
    assert '<option value="" selected>请选择' in client.get(reverse(OBJECT)).content.decode()
    assert send(client, {"text": "孩子没有症状"}, person(1), OBJECT) == reverse(MY)
    assert Objection.objects.get().person_id == person(1)


@pytest.mark.parametrize("source", [OWN, STATED])
def test_no_file_speaks_as_a_citizen(cast: Cast, source: str) -> None:
    cells = [column.example if column.name != "source" else source for column in DECLARATIONS.columns]
    row = DeclarationParser(at=clock.now())(cells)
    assert "health.source_not_yours" in {fault.problem.code for fault in row.faults}


def test_a_later_declaration_that_is_known_stands(cast: Cast) -> None:
    """One that is entered with an earlier time is read with all others."""
    at, who = clock.now(), person(5)
    for said, when in ((("咳嗽",), at), ((), at - timedelta(hours=1))):
        services.declare(
            who,
            Declared(symptoms=said, was_in_risk_area=False),
            key=uuid4(),
            is_seen=True,
            actor=cast.actor("command"),
            at=when,
        )
    assert pass_now.passes_of([who], at=at)[who].condition is Condition.SYMPTOMS
