"""携带家属 by file: under whom each row names, asked as by the form, put aside alone, undone; and out, masked."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange.models import Import
from outpost.people.queries import looks_at
from outpost.people.rules import REGISTERED_AT_SITE
from outpost.sentinel.tests.ledgers import confirm, counts, csv_file, id_number, send, undo
from outpost.sites.models import Contract, Registration
from outpost.sites.models.families import MOST_FAMILY, FamilyMember
from outpost.sites.queries.families import family_listed, family_rows, family_with
from outpost.sites.services.families import register_family, withdraw_family
from outpost.sites.services.registering import register, withdraw_registration
from outpost.sites.sheets.families import FamilyExport
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_families import child, spouse
from outpost.sites.tests.test_import import reasons
from outpost.sites.tests.test_registrations import declare, stated
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


def family_row(number: int, of: int = 1, **changes: str) -> dict[str, str]:
    return {
        "登记人证件号码": id_number(of),
        "登记人姓名": "",
        "证件类型": "居民身份证",
        "证件号码": id_number(number),
        "姓名": "甄工友",
        "关系": "配偶",
        "手机号码": f"134{number:08}",
    } | changes


def child_row(number: int, of: int = 1, **changes: str) -> dict[str, str]:
    by = {"证件类型": "出生医学证明", "证件号码": f"O1100{number:05}", "姓名": "甄小友"}
    return family_row(number, of, **by, 关系="子女", 手机号码="") | changes


class Files:
    """Files of families for one contract."""

    def __init__(self, actor: Actor, folder: Path, contract: str = "HT0001") -> None:
        self.actor, self._folder, self._contract = actor, folder, contract

    def sent(self, *rows: Mapping[str, str]) -> Import:
        path = csv_file(self._folder / "家属.csv", list(rows[0]), [list(row.values()) for row in rows])
        return send(path, "sites.families", {"contract": self._contract}, actor=self.actor)

    def __call__(self, *rows: Mapping[str, str]) -> Import:
        return confirm(self.sent(*rows), actor=self.actor)


@pytest.fixture
def files(cast: Cast, tmp_path: Path) -> Files:
    return Files(cast.actor("town"), tmp_path)


def family_of_file(worker: Registration) -> set[tuple[str, str, str]]:
    return {
        (row.person.name, row.relation.value, row.person.phone)
        for row in family_rows(family_with(worker), at=NOON)
    }


def test_family_comes_by_file_once_is_corrected_and_taken_back(
    cast: Cast, worker: Registration, files: Files
) -> None:
    person_id = declare(2)
    assert counts(files(family_row(2), child_row(7))) == (2, 0, 0, 0)
    assert family_of_file(worker) == {("甄**", "spouse", "134****0002"), ("甄**", "child", "")}
    (look,) = looks_at(person_id, actor=Actor.system("reader"))
    assert look.purpose == REGISTERED_AT_SITE
    assert counts(files(family_row(2), child_row(7))) == (0, 0, 2, 0)
    second = files(family_row(2, 关系="其他亲属", 手机号码=""))
    assert counts(second) == (0, 1, 0, 0)
    assert ("甄**", "other", "134****0002") in family_of_file(worker)  # a blank phone takes nothing away
    undo(second, actor=files.actor)
    assert ("甄**", "spouse", "134****0002") in family_of_file(worker)
    third = files(child_row(8), child_row(9))
    undo(third, actor=files.actor)
    assert family_with(worker).count() == 2
    assert FamilyMember.objects.filter(removed_at=NOON).count() == 2


def test_each_row_is_asked_what_the_form_asks_and_fails_alone(
    cast: Cast, contract: Contract, worker: Registration, files: Files
) -> None:
    for number in (2, 3, 4, 5):
        declare(number, days_ago=15 if number == 4 else 1)
    other = register(contract.id, stated(3), actor=files.actor, at=NOON)
    register_family(other.id, spouse(5), actor=files.actor, at=NOON)
    with translation.override("zh-hans"):
        task = files(
            family_row(2),
            family_row(2, of=9),  # nobody here
            family_row(2, 登记人姓名="甄他人"),
            family_row(3),  # works here
            family_row(4),  # declared too long ago
            family_row(2, of=1, 姓名="甄别名"),
            family_row(5),  # comes with somebody else
            child_row(7, 关系="配偶"),
            family_row(1),  # oneself
        )
        said = [one.rpartition("]")[2] for one in reasons(task)]
    assert counts(task) == (1, 0, 0, 8)
    assert said[0].partition("；")[2] == said[1].partition("；")[2]  # a number or a name finds nobody
    for text, part in zip(
        said[2:], ("已在", "申报", "申报", "携带家属", "出生医学证明", "已在"), strict=True
    ):
        assert part in text, text
    assert [row.person.name for row in family_rows(family_with(worker), at=NOON)] == ["甄**"]


@pytest.mark.promise("T11")
def test_a_number_without_the_declared_name_does_not_find_out_who_is_here(
    cast: Cast, contract: Contract, worker: Registration, files: Files
) -> None:
    for number in (2, 3):
        declare(number)
    other = register(contract.id, stated(3), actor=files.actor, at=NOON)
    register_family(other.id, spouse(2), actor=files.actor, at=NOON)
    with translation.override("zh-hans"):
        task = files(
            family_row(3, 姓名="甄别人"),  # works here
            family_row(2, 姓名="甄别人"),  # comes with somebody else
            family_row(4, 姓名="甄别人"),  # nobody
        )
        said = {one.rpartition("；")[2] for one in reasons(task)}
    assert counts(task) == (0, 0, 0, 3)
    assert len(said) == 1
    assert "已在" not in str(said)


def test_a_person_under_two_people_and_one_too_many_are_put_aside(
    cast: Cast, contract: Contract, worker: Registration, files: Files
) -> None:
    declare(3)
    register(contract.id, stated(3), actor=files.actor, at=NOON)
    task = files(child_row(1), child_row(1, of=3), child_row(2))
    assert counts(task) == (1, 0, 0, 2)
    crowd = [child_row(number) for number in range(2, MOST_FAMILY + 3)]
    assert counts(files(*crowd)) == (MOST_FAMILY - 1, 0, 1, 1)
    assert family_with(worker).count() == MOST_FAMILY


def test_what_changed_between_check_and_merge_is_asked_again(
    cast: Cast, contract: Contract, worker: Registration, files: Files
) -> None:
    declare(2)
    waiting = files.sent(family_row(2), child_row(7))
    register(contract.id, stated(2), actor=files.actor, at=NOON)
    assert counts(confirm(waiting, actor=files.actor)) == (1, 0, 0, 1)
    gone = files.sent(child_row(8))
    withdraw_registration(worker.id, actor=files.actor, at=NOON)
    assert counts(confirm(gone, actor=files.actor)) == (0, 0, 0, 1)
    assert FamilyMember.objects.count() == 1


def test_one_withdrawn_by_hand_stays_so_when_the_file_is_taken_back(
    cast: Cast, worker: Registration, files: Files
) -> None:
    task = files(child_row(7), child_row(8))
    one = family_with(worker).first()
    assert one is not None
    later = NOON + timedelta(hours=1)
    withdraw_family(one.id, actor=files.actor, at=later)
    undo(task, actor=files.actor, at=later + timedelta(hours=1))
    assert {row.removed_at for row in FamilyMember.objects.all()} == {later, later + timedelta(hours=1)}


def test_a_contract_beyond_reach_takes_no_file_and_gives_none(
    cast: Cast, worker: Registration, files: Files, tmp_path: Path
) -> None:
    (far,) = brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    assert Files(cast.actor("town"), tmp_path, far.number).sent(child_row(7)).state == "refused"
    with pytest.raises(Refusal) as refusal:
        FamilyExport().check({"contract": far.number}, cast.actor("town"))
    assert refusal.value.problem.code == "sites.unknown_contract"
    task = files(child_row(7))
    Contract.objects.filter(id=worker.contract_id).update(project=far.project_id)
    assert undo(task, actor=files.actor).state == "applied"
    assert family_with(worker).count() == 1


def test_both_numbers_of_a_row_count_as_tried(
    cast: Cast, worker: Registration, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers' numbers that share a mask are tried as well as those of family (T11)."""
    monkeypatch.setattr("outpost.access.tries.OF_ONE_MASK", 3)
    alike = [child_row(1, 登记人证件号码=f"E1{number:05}89", 登记人证件类型="护照") for number in range(4)]
    assert files.sent(*alike[:3]).state == "checked"
    assert files.sent(*alike).state == "refused"


def test_the_list_goes_out_masked_and_the_page_offers_both(
    cast: Cast, contract: Contract, worker: Registration, files: Files
) -> None:
    register_family(worker.id, child(), actor=files.actor, at=NOON)
    kind = FamilyExport()
    params = kind.checked({"contract": "HT0001"}, files.actor)
    (row,) = kind.rows(params, files.actor)
    with translation.override("en"):
        assert len(row) == len(kind.headers(params))
    assert row[:2] == ("HT0001", "丙劳务有限公司")
    assert row[4] == "甄**"
    assert id_number(1) not in map(str, row)
    assert kind.count(params, files.actor) == family_listed(contract, actor=files.actor).count() == 1
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("sites:contract_family", args=[contract.id])).content.decode()
    for offered in (
        reverse("exchange:new_import", args=["sites.families"]),
        reverse("exchange:new_export", args=["sites.families"]),
    ):
        assert offered in page
        assert client.get(f"{offered}?contract=HT0001").status_code == 200
    template = reverse("exchange:template", args=["sites.families"])
    answer = client.get(f"{template}?contract=HT0001")
    assert answer.status_code == 200
    answer.close()
