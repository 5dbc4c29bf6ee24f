"""进场预登记 by file: only of who has declared, known once a contract, masked, withdrawn and put back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.access import tries
from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.audit import deletions
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.stated import phone_hash
from outpost.exchange.models import Import
from outpost.health.models import Declaration
from outpost.health.rules import STATED
from outpost.health.sealing import seal_texts
from outpost.people.queries import looks_at
from outpost.people.rules import REGISTERED_AT_SITE, Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import confirm, counts, csv_file, id_number, send, undo
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.forms.people import RegistrationForm
from outpost.sites.models import Contract, Registration
from outpost.sites.models.contracts import Employer
from outpost.sites.queries.contracts import contract_rows, contracts, headline
from outpost.sites.queries.people import declared_of, registration_rows, registrations
from outpost.sites.services import close_contract, registering, withdraw_registration
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.ledger import bring as file_of_contracts
from outpost.sites.tests.test_import import reasons
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]
SYSTEM = Actor.system("test")


def person_row(number: int = 1, **changes: str) -> dict[str, str]:
    return {
        "人员类型": "作业人员",
        "证件号码": id_number(number),
        "姓名": "甄工友",
        "出发地": "湖南省长沙市",
        "用人单位": "丙劳务有限公司",
        "手机号码": f"134{number:08}",
        "工种": "钢筋工",
    } | changes


def declare(number: int, name: str = "甄工友", *, days_ago: int = 1) -> UUID:
    """Somebody with a declaration of their own."""
    person_id = register_person(Document(DocumentType.RESIDENT_ID, id_number(number)), name, at=NOON)
    at = NOON - timedelta(days=days_ago)
    row = Declaration(source="own", record_id=str(uuid4()), id=uuid4(), person_id=person_id)
    row.declared_at = row.received_at = at
    row.save(force_insert=True)
    return person_id


@pytest.fixture
def bring(cast: Cast, tmp_path: Path) -> "Bring":
    return Bring(cast.actor("command"), tmp_path)


class Bring:
    """Files of people for the first contract."""

    def __init__(self, actor: Actor, folder: Path) -> None:
        self._actor, self._folder = actor, folder

    def sent(self, *rows: Mapping[str, str], number: str = "HT0001") -> Import:
        path = csv_file(self._folder / "人员.csv", list(rows[0]), [list(row.values()) for row in rows])
        return send(path, "sites.registrations", {"contract": number}, actor=self._actor)

    def __call__(self, *rows: Mapping[str, str], number: str = "HT0001") -> Import:
        return confirm(self.sent(*rows, number=number), actor=self._actor)


def crew_of_two(actor: Actor, folder: Path, people: Iterable[int], *, both: Iterable[int]) -> None:
    """People who have declared, under the first of two contracts; `both`: who of them is under the second, too."""
    brought(contract_row(1), contract_row(2), actor=actor)
    bring, numbers = Bring(actor, folder), list(people)
    for number in numbers:
        declare(number)
    bring(*map(person_row, numbers))
    bring(*map(person_row, both), number="HT0002")


def test_people_are_registered_once_counted_and_corrected(
    cast: Cast, contract: Contract, bring: Bring
) -> None:
    for number in (1, 2):
        declare(number)
    rows = person_row(1), person_row(2, 人员类型="管理人员", 工种="")
    assert counts(bring(*rows)) == (2, 0, 0, 0)
    assert counts(bring(*rows)) == (0, 0, 2, 0)
    assert counts(bring(person_row(1, 工种="木工"))) == (0, 1, 0, 0)
    found = contracts({}, actor=cast.actor("command"))
    assert [row.registered for row in contract_rows(found, actor=SYSTEM, on=NOON.date())] == [2]
    assert headline(found, actor=SYSTEM, on=NOON.date()).registered == 2
    assert registrations(contract, {"roll": "management"}, actor=SYSTEM, at=NOON).count() == 1


def test_who_declared_nothing_or_long_ago_or_under_another_name_declares_first(
    cast: Cast, contract: Contract, bring: Bring
) -> None:
    person_1 = declare(1)
    declare(2, days_ago=15)
    declare(3, "甄他人")
    task = bring(*(person_row(number) for number in (1, 2, 3, 4)))
    assert counts(task) == (1, 0, 0, 3)
    assert {one.partition("；")[2] for one in reasons(task)} == {
        "最近 14 天没有以该证件号和姓名做过健康申报。请先申报，再重新提交这一行。"
    }
    assert [row.person_id for row in Registration.objects.all()] == [person_1]


def test_wrong_rows_come_back(cast: Cast, contract: Contract, bring: Bring) -> None:
    declare(1)
    wrong = (
        person_row(2, 用人单位="庚劳务有限公司"),
        person_row(3, 证件号码=id_number(3)[:-1] + "?"),
        person_row(4, 出发地=""),
        person_row(5, 人员类型="访客"),
    )
    assert counts(bring(person_row(1), *wrong)) == (1, 0, 0, 4)


def test_a_contract_beyond_reach_or_closed_takes_nobody(
    cast: Cast, contract: Contract, tmp_path: Path
) -> None:
    brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    declare(1)
    for number in ("HT0002", "HT0077"):
        refused = Bring(cast.actor("town"), tmp_path).sent(person_row(1), number=number)
        assert refused.state == "refused"
    town = Bring(cast.actor("town"), tmp_path)
    task = town.sent(person_row(1))
    close_contract(contract.id, actor=cast.actor("command"), at=NOON)
    assert confirm(task, actor=cast.actor("town")).state != "applied"
    assert not Registration.objects.exists()


def test_somebody_is_masked_withdrawn_and_put_back(cast: Cast, contract: Contract, bring: Bring) -> None:
    person_id = declare(1)
    task = bring(person_row(1))
    (row,) = registration_rows(registrations(contract, {}, actor=SYSTEM, at=NOON), at=NOON)
    assert (row.person.name, row.person.phone) == ("甄**", "134****0001")
    town = Client(headers={"accept-language": "zh-hans"})
    sign_in(town, cast.users["town"])
    filtered = reverse("sites:registrations", args=[contract.id]) + "?roll=worker"
    page = town.get(filtered).content.decode()
    assert "甄**" in page
    assert f'name="next" value="{filtered}"' in page
    assert id_number(1) not in page
    assert "甄工友" not in page
    withdrawn = town.post(reverse("sites:withdraw", args=[row.registration.id]), {"next": filtered})
    assert (withdrawn.status_code, withdrawn["Location"]) == (302, filtered)
    gone = Registration.objects.get(person=person_id)
    assert gone.removed_at is not None
    actor = cast.actor("town")
    (deletion,) = deletions.deleted(actor=actor, at=gone.removed_at)
    assert deletion.name == "HT0001"
    deletions.restore(deletion.id, actor=actor, at=gone.removed_at)
    assert Registration.objects.current().count() == 1
    assert undo(task, actor=cast.actor("command")).state == "undone"


def test_only_whose_reach_it_is_withdraws(cast: Cast, contract: Contract, bring: Bring) -> None:
    declare(1)
    bring(person_row(1))
    found = Registration.objects.get()
    Contract.objects.filter(id=contract.id).update(
        project=brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))[0].project
    )
    with pytest.raises(Refusal):
        withdraw_registration(found.id, actor=cast.actor("town"), at=NOON)
    assert Registration.objects.current().count() == 1


@pytest.mark.promise("R12")
def test_a_phone_that_a_file_leaves_out_or_blank_stays(cast: Cast, contract: Contract, bring: Bring) -> None:
    declare(1)
    bring(person_row(1))
    without = {name: text for name, text in person_row(1, 工种="木工").items() if name != "手机号码"}
    for row in (without, person_row(1, 手机号码="", 工种="瓦工")):
        assert counts(bring(row))[1] == 1
        (found,) = registration_rows(registrations(contract, {}, actor=SYSTEM, at=NOON), at=NOON)
        assert (found.person.phone, found.registration.trade) == ("134****0001", row["工种"])


def stated(number: int, **changes: str) -> dict[str, str]:
    """The same person as a form states them."""
    row = person_row(number)
    return {
        "document_number": row["证件号码"],
        "name": row["姓名"],
        "departure": row["出发地"],
        "employer": row["用人单位"],
        "phone": "",
    } | changes


def test_one_is_registered_by_hand_and_can_see_that(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    person_id = declare(1)
    row = register(contract.id, stated(1), actor=actor, at=NOON)
    assert (row.person_id, row.roll, row.trade) == (person_id, "worker", "")
    told = declared_of(row, at=NOON)
    assert told is not None
    assert told.declaration.person_id == person_id
    assert told.source == told.declaration.source
    told.declaration.source = STATED
    with translation.override("zh-hans"):
        assert told.source == "本人申报"
    (look,) = looks_at(person_id, actor=Actor.system("reader"))
    assert look.purpose == REGISTERED_AT_SITE
    with pytest.raises(Refusal) as again:
        register(contract.id, stated(1), actor=actor, at=NOON)
    assert again.value.problem.code == "sites.registered_here"


def test_the_phone_is_that_of_the_declaration_unless_typed(cast: Cast, contract: Contract) -> None:
    for number in (1, 2):
        person_id = declare(number)
        found = Declaration.objects.get(person_id=person_id)
        texts = {"phone": f"1366000000{number}", "home": "某街1号"}
        found.sealed, found.stated_hash = seal_texts(ring(), found.id, texts)
        found.save(update_fields=["sealed", "stated_hash"])
    actor = cast.actor("command")
    own = register(contract.id, stated(1), actor=actor, at=NOON)
    typed = register(contract.id, stated(2, phone="13677777777"), actor=actor, at=NOON)
    assert [row.stated(ring()).phone for row in (own, typed)] == ["13660000001", "13677777777"]


def test_a_file_takes_the_phone_of_the_declaration_too_and_each_sees_that_it_was_used(
    cast: Cast, contract: Contract, bring: Bring
) -> None:
    for number in (1, 2):
        person_id = declare(number)
        found = Declaration.objects.get(person_id=person_id)
        found.sealed, found.stated_hash = seal_texts(ring(), found.id, {"phone": f"1366000000{number}"})
        found.save(update_fields=["sealed", "stated_hash"])
    declare(3)
    task = bring(person_row(1, 手机号码=""), person_row(2), person_row(3, 手机号码=""))
    rows = registration_rows(registrations(contract, {}, actor=SYSTEM, at=NOON), at=NOON)
    assert sorted(row.person.phone for row in rows) == ["", "134****0002", "136****0001"]
    for row in rows:
        (look,) = looks_at(row.registration.person_id, actor=Actor.system("reader"))
        assert look.purpose == REGISTERED_AT_SITE
    (found_1,) = registrations(contract, {"document": id_number(1)}, actor=SYSTEM, at=NOON)
    assert found_1.phone_hash == phone_hash(ring(), "13660000001")
    assert counts(bring(person_row(1, 手机号码=""))) == (0, 0, 1, 0)
    assert undo(task, actor=cast.actor("command")).state == "undone"
    assert not Registration.objects.current().exists()


@pytest.mark.promise("T11")
def test_who_is_known_and_who_is_not_are_told_alike_and_tries_are_counted(
    cast: Cast, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "FETCHED", replace(registering.FETCHED, tries=4))
    actor = cast.actor("town")
    declare(1)
    declare(2, days_ago=15)
    answers = set()
    for wrong in (stated(1, name="甄别人"), stated(2), stated(3)):
        with pytest.raises(Refusal) as refusal:
            register(contract.id, wrong, actor=actor, at=NOON)
        answers.add(refusal.value.message)
    assert len(answers) == 1
    register(contract.id, stated(1), actor=actor, at=NOON)
    with pytest.raises(Refusal) as refusal:
        register(contract.id, stated(3), actor=actor, at=NOON)
    assert refusal.value.problem.code == "sites.too_many_fetched"


@pytest.mark.promise("T11")
def test_a_number_that_is_tried_by_hand_counts_with_all_that_the_account_tries_in_a_day(
    cast: Cast, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the hour alone: whoever goes on all day meets the end that lists and files have."""
    monkeypatch.setattr(tries, "SINGLES", 2)
    actor, codes = cast.actor("town"), []
    for hour, number in enumerate((1, 2, 2, 3)):
        with pytest.raises(Refusal) as refusal:
            register(contract.id, stated(number), actor=actor, at=NOON + timedelta(hours=hour))
        codes.append(refusal.value.code)
    assert codes == ["sites.declare_first_alone"] * 3 + ["access.tries_used_up"]


def test_all_mistakes_stand_at_their_fields_and_the_way_to_declare_is_on_the_page(
    cast: Cast, contract: Contract
) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    where = reverse("sites:register", args=[contract.id])
    assert (
        client.post(where, stated(1, name="", document_number="1101", employer="丁劳务")).status_code == 302
    )
    page = client.get(where).content.decode()
    assert page.count('class="field-error"') >= 3
    assert reverse("health:declare") in page
    declare(1)
    Declaration.objects.update(declared_at=clock.now())
    assert client.post(where, stated(1)).headers["location"].startswith("/sites/people/")
    page = client.get(reverse("sites:registrations", args=[contract.id])).content.decode()
    assert "甄**" in page


@pytest.mark.parametrize(("names", "chosen"), [(["甲劳务"], "甲劳务"), (["甲劳务", "乙劳务"], None)])
def test_the_only_employer_is_chosen_beforehand(names: list[str], chosen: str | None) -> None:
    form = RegistrationForm(employers=[Employer(name=name) for name in names])
    assert form["employer"].value() == chosen


def test_somebody_is_found_by_name_surname_and_number(cast: Cast, contract: Contract) -> None:
    declare(1)
    row = register(contract.id, stated(1), actor=cast.actor("town"), at=NOON)
    for asked in ({"name": "甄工友"}, {"name": "甄"}, {"document": id_number(1)}):
        assert list(registrations(contract, asked, actor=SYSTEM, at=NOON)) == [row]
    for asked in ({"name": "甄某"}, {"document": id_number(2)}, {"document": "12"}):
        assert not registrations(contract, asked, actor=SYSTEM, at=NOON)


def test_a_lead_registers_under_the_own_contract_alone(cast: Cast, contract: Contract) -> None:
    (other,) = brought(contract_row(2), actor=cast.actor("command"))
    lead = User.objects.get(phone_hash=ring().search_hash("phone", "13500000001"))
    actor = actor_of(lead, is_verified=False)
    declare(1)
    assert register(contract.id, stated(1), actor=actor, at=NOON).contract_id == contract.id
    with pytest.raises(Refusal) as refusal:
        register(other.id, stated(1), actor=actor, at=NOON)
    assert refusal.value.status == 404
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, lead)
    assert client.get(reverse("sites:mine")).headers["location"] == reverse(
        "sites:registrations", args=[contract.id]
    )
    assert client.get(reverse("sites:registrations", args=[other.id])).status_code == 404
    close_contract(contract.id, actor=cast.actor("command"), at=NOON)
    assert not actor_of(lead, is_verified=False).may(REGISTER_PEOPLE)


def test_a_contract_with_another_lead_is_no_longer_the_formers(cast: Cast, contract: Contract) -> None:
    former = User.objects.get(phone_hash=ring().search_hash("phone", "13500000001"))
    row = contract_row(1, 总包项目负责人="甄继任", 负责人电话="13500000099")
    task = file_of_contracts(row, actor=cast.actor("command"))
    later = User.objects.get(phone_hash=ring().search_hash("phone", "13500000099"))
    assert [actor_of(one, is_verified=False).may(REGISTER_PEOPLE) for one in (former, later)] == [False, True]
    undo(task, actor=cast.actor("command"))
    assert [actor_of(one, is_verified=False).may(REGISTER_PEOPLE) for one in (former, later)] == [True, False]


@pytest.mark.promise("T8")
def test_a_right_that_was_taken_back_by_hand_does_not_come_again_with_the_daily_file(
    cast: Cast, contract: Contract
) -> None:
    lead = User.objects.get(phone_hash=ring().search_hash("phone", "13500000001"))
    Grant.objects.filter(user=lead).update(revoked_at=NOON)
    for row in (contract_row(1), contract_row(1, 监理单位="丁监理有限公司")):
        file_of_contracts(row, actor=cast.actor("command"))
        assert not actor_of(lead, is_verified=False).may(REGISTER_PEOPLE)


def test_a_file_that_is_undone_takes_the_right_with_it_and_gives_it_again(cast: Cast) -> None:
    command = cast.actor("command")
    for turn in range(2):
        task = file_of_contracts(contract_row(5), actor=command)
        lead = User.objects.get(phone_hash=ring().search_hash("phone", "13500000005"))
        assert actor_of(lead, is_verified=False).may(REGISTER_PEOPLE), turn
        undo(task, actor=command)
        assert not actor_of(lead, is_verified=False).may(REGISTER_PEOPLE), turn
