"""Several documents of one person: facts of all count for each, derived rows follow, and a link reveals nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.health import pass_facts
from outpost.health.models import Declaration, PassFactsRow, TestRecord, Vaccination
from outpost.health.rules import LATEST_KEPT
from outpost.health.services import Declared, declare
from outpost.people import links, queries
from outpost.people.grounds import MOST, LinkGround, UnlinkReason
from outpost.people.models import DocumentLink, Person
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.seals import person_id_of
from outpost.people.services import register_person
from outpost.people.tests.test_real_names import refused
from outpost.sentinel.models import StaffMember
from outpost.sentinel.narrow import StaffLatest
from outpost.sentinel.queries.staff_filter import StaffFilter, filtered
from outpost.sentinel.services import latest
from outpost.sentinel.tests.district import known_products
from outpost.sentinel.tests.ledgers import add, id_number
from outpost.sentinel.tests.test_latest import sampled, vaccinated
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def permit(number: int) -> Statement:
    return Statement(
        "甄测试", normalise_document(DocumentType.HK_MACAO_PERMIT, f"H{number:08}", today=NOON.date())
    )


def of(stated: Statement) -> UUID:
    return person_id_of(ring(), stated.document)


def link(person_id: UUID, stated: Statement, *, actor: Actor, days: int = 0) -> None:
    links.link_documents(person_id, stated, LinkGround.BOTH_SEEN, actor=actor, at=NOON + days * DAY)


def unlink(person_id: UUID, number: int, *, actor: Actor) -> None:
    row = DocumentLink.objects.standing().get(person_id=of(permit(number)))
    links.unlink_documents(person_id, row.id, UnlinkReason.MISTYPED, actor=actor, at=NOON)


def row_of(member: StaffMember) -> StaffLatest:
    assert (latest.mend(), pass_facts.mend()) == (0, 0)
    return StaffLatest.objects.get(staff_id=member.id)


def test_what_comes_under_either_document_counts_until_unlinked(cast: Cast) -> None:
    town, member, product = cast.actor("town"), add(cast), next(iter(known_products()))
    sampled(of(permit(1)), "1", sampled_at=NOON - DAY)
    link(member.person_id, permit(1), actor=town)
    assert row_of(member).sampled_at == [NOON - DAY]
    sampled(of(permit(1)), "2")
    sampled(member.person_id, "3", sampled_at=NOON - 2 * DAY)
    vaccinated(of(permit(1)), 1, NOON.date(), product)
    found = row_of(member)
    assert (found.sampled_at, found.dose_1_on) == ([NOON - 2 * DAY, NOON - DAY, NOON], NOON.date())
    assert PassFactsRow.objects.get(person_id=member.person_id).negative_at == NOON
    assert PassFactsRow.objects.get(person_id=of(permit(1))).negative_at == NOON
    unlink(member.person_id, 1, actor=town)
    found = row_of(member)
    assert (found.sampled_at, found.dose_1_on) == ([NOON - 2 * DAY], None)
    assert PassFactsRow.objects.get(person_id=member.person_id).negative_at == NOON - 2 * DAY
    ended = DocumentLink.objects.get(person_id=of(permit(1)))
    assert (ended.unlinked_at, ended.unlinked_because) == (NOON, UnlinkReason.MISTYPED)
    assert not DocumentLink.objects.standing().exists()


def test_the_list_finds_by_the_doses_of_all_documents(cast: Cast) -> None:
    town, member, other = cast.actor("town"), add(cast), add(cast, 2)
    vaccinated(of(permit(1)), 1, NOON.date() - 90 * DAY, next(iter(known_products())))
    link(member.person_id, permit(1), actor=town)
    found = {
        dose: set(filtered(StaffFilter(dose=dose), actor=town, at=NOON).values_list("staff_id", flat=True))
        for dose in ("none", "given_1")
    }
    assert found == {"none": {other.id}, "given_1": {member.id}}


def test_one_sample_of_two_feeds_counts_once(cast: Cast) -> None:
    member = add(cast)
    sampled(member.person_id, "1")
    sampled(of(permit(1)), "2", sampled_at=NOON + timedelta(seconds=20))
    link(member.person_id, permit(1), actor=cast.actor("town"))
    assert row_of(member).sampled_at == [NOON]


def test_who_is_told_of_it_and_who_may(cast: Cast) -> None:
    member, town = add(cast), cast.actor("town")
    for role in ("principal", "bureau", "auditor"):
        actor = cast.actor(role)
        assert refused(lambda: link(member.person_id, permit(1), actor=actor)) == "core.forbidden"  # noqa: B023
    link(member.person_id, permit(1), actor=town)
    for person_id in (member.person_id, of(permit(1))):
        [look] = queries.looks_at(person_id, actor=Actor.system("tests"))
        assert (look.who, look.purpose) == (town.label, "documents linked")
    entry = AuditEntry.objects.get(action="people.documents_linked")
    assert (entry.count, entry.detail["ground"]) == (2, "both_seen")
    [shown] = links.linked_to(member.person_id)
    assert (shown.doc_type, shown.number[:1]) == (DocumentType.HK_MACAO_PERMIT, "H")
    assert "*" in shown.number


@pytest.mark.promise("T11")
def test_the_answer_is_the_same_whether_the_document_is_known(cast: Cast) -> None:
    """And so are the rows that a look at the table of people would find; strangers are tried a few times a day."""
    member, town = add(cast), cast.actor("town")
    known = add(cast, 2)
    sampled(of(permit(1)), "1")
    for number in (1, 2):
        link(member.person_id, permit(number), actor=town)
    assert Person.objects.filter(person_id__in=[of(permit(1)), of(permit(2))]).count() == 2
    assert refused(lambda: link(member.person_id, permit(2), actor=town)) == "people.linked_already"
    own = Statement("甄测试", normalise_document(DocumentType.RESIDENT_ID, id_number(2), today=NOON.date()))
    assert refused(lambda: link(known.person_id, own, actor=town)) == "people.link_is_self"
    for number in range(3, MOST):
        link(member.person_id, permit(number), actor=town)
    assert refused(lambda: link(member.person_id, permit(90), actor=town)) == "people.links_enough"
    refusals = [
        refused(lambda: link(member.person_id, permit(1), actor=town)) for _ in range(links.STATED.tries)
    ]
    assert (refusals[0], refusals[-1]) == ("people.linked_already", "people.too_many_links")
    assert refused(lambda: link(member.person_id, permit(1), actor=town, days=1)) == "people.linked_already"


def test_a_link_of_another_person_is_not_found(cast: Cast) -> None:
    member, other, town = add(cast), add(cast, 2), cast.actor("town")
    link(member.person_id, permit(1), actor=town)
    assert refused(lambda: unlink(other.person_id, 1, actor=town)) == "core.not_found"


def test_the_page_links_a_second_document_and_unlinks_it_with_a_reason(client: Client, cast: Cast) -> None:
    member, permitted = add(cast), permit(7)
    sampled(of(permitted), "1", sampled_at=clock.now(), laboratory="鱻检验所")
    sign_in(client, cast.users["town"])
    page = f"/sentinel/staff/{member.id}"
    assert "鱻检验所" not in client.get(page).content.decode()
    form = {
        "document_type": permitted.document.doc_type.value,
        "document_number": permitted.document.number,
        "name": permitted.name,
        "ground": LinkGround.BOTH_SEEN.value,
    }
    text = client.post(f"{page}/documents/link", form, follow=True).content.decode()
    assert "鱻检验所" in text
    assert permitted.document.number not in text
    assert "两份证件原件均已当面核对" in text
    row = DocumentLink.objects.get(person_id=of(permitted))
    unlinking = f"{page}/documents/{row.id}/unlink"
    assert "鱻检验所" in client.post(unlinking, {"because": ""}, follow=True).content.decode()
    gone = client.post(unlinking, {"because": "mistyped"}, follow=True).content.decode()
    assert "鱻检验所" not in gone
    again = client.post(
        f"{page}/documents/link", form | {"document_number": "H1"}, follow=True
    ).content.decode()
    assert "来往内地通行证" in again
    assert client.post(unlinking, {"because": "mistyped"}).status_code == 404
    assert client.post(unlinking, {}).status_code == 404


@pytest.mark.promise("T1")
def test_who_does_not_reach_the_person_links_nothing(client: Client, cast: Cast) -> None:
    member = add(cast)
    sign_in(client, cast.users["outsider"])
    assert client.post(f"/sentinel/staff/{member.id}/documents/link", {}).status_code in (403, 404)
    far = add(cast, 3, to=cast.far.id)
    sign_in(client, cast.users["town"])
    assert client.post(f"/sentinel/staff/{far.id}/documents/link", {}).status_code == 404


# --- any history ------------------------------------------------------------------------------------------------

WHO, HOURS = st.integers(0, 3), st.integers(0, 4)
ACTS = st.one_of(
    st.tuples(st.just("sample"), WHO, st.integers(0, 5), HOURS, st.booleans()),
    st.tuples(st.just("dose"), WHO, st.integers(1, 4), HOURS, st.booleans()),
    st.tuples(st.just("declare"), WHO, st.integers(0, 1), HOURS, st.just(False)),
    st.tuples(st.sampled_from(["link", "unlink"]), WHO, WHO, st.just(0), st.just(False)),
)


@dataclass
class Told:
    """The people of a run: two of the ledger, two who are met in feeds alone; which of them are one, told plainly."""

    stated: list[Statement]
    officer: Actor
    product: str
    groups: list[set[int]]

    def id_of(self, who: int) -> UUID:
        return of(self.stated[who])

    def group(self, who: int) -> set[int]:
        return next(one for one in self.groups if who in one)

    def sample(self, who: int, record: int, hour: int, is_withdrawn: bool) -> None:
        at = NOON - hour * DAY + record % 2 * timedelta(seconds=20)
        result = "positive" if record == 5 else "negative"
        stated = {"sampled_at": at, "result": result, "is_withdrawn": is_withdrawn, "is_corrected": True}
        sampled(self.id_of(who), str(record), **stated)

    def dose(self, who: int, dose: int, hour: int, is_withdrawn: bool) -> None:
        on = NOON.date() - hour * DAY
        stated = {"is_withdrawn": is_withdrawn, "is_corrected": True, "record_id": f"{dose}{who % 2}"}
        vaccinated(self.id_of(who), dose, on, self.product, **stated)

    def declare(self, who: int, number: int, hour: int, _unused: bool) -> None:
        said = Declared(symptoms=("咳嗽",) if number else (), was_in_risk_area=hour % 2 == 0)
        at = NOON + hour * DAY
        declare(self.id_of(who), said, key=uuid4(), is_seen=True, actor=self.officer, at=at)

    def link(self, who: int, other: int, _hour: int, _unused: bool) -> None:
        if other in self.group(who):
            return
        link(self.id_of(who), self.stated[other], actor=self.officer)
        self.groups = [one for one in self.groups if not one & {who, other}] + [
            self.group(who) | self.group(other)
        ]

    def unlink(self, who: int, other: int, _hour: int, _unused: bool) -> None:
        if other == who or other not in self.group(who):
            return
        row = DocumentLink.objects.standing().get(person_id=self.id_of(other))
        why = UnlinkReason.OTHER_PERSON
        links.unlink_documents(self.id_of(who), row.id, why, actor=self.officer, at=NOON)
        self.group(who).discard(other)
        self.groups.append({other})

    def check(self) -> None:
        """Every derived row against all facts of its group, read plainly."""
        for who in range(4):
            documents = [self.id_of(one) for one in self.group(who)]
            tests = [
                row for row in TestRecord.objects.filter(person_id__in=documents) if not row.is_withdrawn
            ]
            said = Declaration.objects.filter(person_id__in=documents).order_by("declared_at")
            self._check_pass(who, tests, list(said))
            row = StaffLatest.objects.filter(person_id=self.id_of(who)).first()
            if row is not None:
                minutes: dict[datetime, datetime] = {}
                for test in sorted(tests, key=lambda one: one.sampled_at, reverse=True):
                    minutes[test.sampled_at.replace(second=0)] = test.sampled_at
                assert row.sampled_at == sorted(minutes.values())[-LATEST_KEPT:]
                doses = Vaccination.objects.filter(person_id__in=documents, is_withdrawn=False)
                for n in (1, 2, 3, 4):
                    days = doses.filter(dose=n).values_list("given_on", flat=True)
                    assert getattr(row, f"dose_{n}_on") == max(days, default=None)
                numbers = list(doses.values_list("dose", flat=True))
                assert row.has_doses_again == (len(numbers) > len(set(numbers)))

    def _check_pass(self, who: int, tests: list[TestRecord], said: list[Declaration]) -> None:
        last = max((one.declared_at for one in said), default=None)
        latest_said = [one for one in said if one.declared_at == last]
        row = PassFactsRow.objects.filter(person_id=self.id_of(who)).first()
        if row is None:
            assert (tests, said) == ([], [])
            return
        for result in ("negative", "positive"):
            times = [one.sampled_at for one in tests if one.result == result]
            assert getattr(row, f"{result}_at") == max(times, default=None)
        assert row.declared_at == last
        if len(latest_said) == 1:
            assert row.has_symptoms == bool(latest_said[0].symptoms)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(acts=st.lists(ACTS, max_size=14))
def test_derived_rows_say_what_all_facts_of_a_person_say_after_any_history(
    cast: Cast, acts: list[tuple[str, int, int, int, bool]]
) -> None:
    with transaction.atomic():
        add(cast)
        add(cast, 2)
        cards = [
            normalise_document(DocumentType.RESIDENT_ID, id_number(n), today=NOON.date()) for n in (1, 2)
        ]
        stated = [*(Statement("甄测试", one) for one in cards), permit(1), permit(2)]
        for one in stated:
            register_person(one.document, one.name, at=NOON)
        told = Told(stated, cast.actor("town"), next(iter(known_products())), [{n} for n in range(4)])
        for act, *arguments in acts:
            getattr(told, act)(*arguments)
            told.check()
        assert (latest.mend(), pass_facts.mend()) == (0, 0)
        transaction.set_rollback(True)
