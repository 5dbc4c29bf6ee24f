"""进场预登记 by file: only of who has declared, known once a contract, masked, withdrawn and put back."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit import deletions
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange.models import Import
from outpost.health.models import Declaration
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import confirm, counts, csv_file, id_number, send, undo
from outpost.sites.models import Contract, Registration
from outpost.sites.people import registration_rows, registrations
from outpost.sites.queries import contract_rows, contracts, headline
from outpost.sites.services import close_contract, withdraw_registration
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


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
def contract(cast: Cast) -> Contract:
    (found,) = brought(contract_row(1), actor=cast.actor("command"))
    return found


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
    assert [row.registered for row in contract_rows(found)] == [headline(found).registered] == [2]
    assert registrations(contract, {"roll": "management"}).count() == 1


def test_who_declared_nothing_or_long_ago_or_under_another_name_declares_first(
    cast: Cast, contract: Contract, bring: Bring
) -> None:
    declare(1)
    declare(2, days_ago=15)
    declare(3, "甄他人")
    for number in (2, 3, 4):
        task = bring(person_row(1), person_row(number))
        assert task.state != "applied", number
        assert not Registration.objects.exists()
    assert counts(bring(person_row(1))) == (1, 0, 0, 0)


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
    (row,) = registration_rows(registrations(contract, {}), at=NOON)
    assert (row.person.name, row.person.phone) == ("甄**", "134****0001")
    town = Client(headers={"accept-language": "zh-hans"})
    sign_in(town, cast.users["town"])
    page = town.get(reverse("sites:registrations", args=[contract.id])).content.decode()
    assert "甄**" in page
    assert id_number(1) not in page
    assert "甄工友" not in page
    assert town.post(reverse("sites:withdraw", args=[row.registration.id])).status_code == 302
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
        (found,) = registration_rows(registrations(contract, {}), at=NOON)
        assert (found.person.phone, found.registration.trade) == ("134****0001", row["工种"])
