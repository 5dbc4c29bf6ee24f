"""The ledger of contracts by file: what goes in, what comes back and why, corrected, undone, sent again."""

import openpyxl
import pytest
from django.utils import translation

from outpost.core.errors import Refusal
from outpost.exchange import files
from outpost.exchange.models import Import
from outpost.exchange.queries import replaced_rows
from outpost.exchange.services import apply_import, confirm_import
from outpost.sentinel.tests.ledgers import counts, undo
from outpost.sites.models import Contract, Employer, Project
from outpost.sites.seats import LEAD
from outpost.sites.services import close_contract
from outpost.sites.tests.ledger import FAR_TOWN, bring, brought, contract_row, sent
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def reasons(task: Import) -> list[str]:
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    return [str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def employers(number: str = "HT0001") -> set[str]:
    living = Employer.objects.filter(contract__number=number, removed_at__isnull=True)
    return set(living.values_list("name", flat=True))


def test_several_rows_of_a_contract_are_its_employers_and_a_repetition_changes_nothing(cast: Cast) -> None:
    rows = (
        contract_row(1),
        contract_row(1, 用人单位="丁劳务有限公司"),
        contract_row(1, 合同报送编号="HT0009", 用人单位=""),
    )
    command = cast.actor("command")
    assert counts(bring(*rows, actor=command)) == (3, 0, 0, 0)
    assert counts(bring(*rows, actor=command)) == (0, 0, 3, 0)
    assert (Project.objects.count(), Contract.objects.count()) == (1, 2)
    assert employers() == {"丙劳务有限公司", "丁劳务有限公司"}
    assert employers("HT0009") == {"甲建设集团有限公司"}
    first = Contract.objects.get(number="HT0001")
    lead = LEAD.of(first)
    assert lead is not None
    assert (lead.name, lead.phone) == ("甄项目", "13500000001")
    assert b"13500000001" not in bytes(first.sealed or b"")


def test_a_correction_is_listed_and_what_is_left_blank_stays(cast: Cast) -> None:
    command = cast.actor("command")
    (first,) = brought(contract_row(1), actor=command)
    changed = contract_row(1, 总包单位="戊建设集团有限公司", 监理单位="", 总包项目负责人="", 负责人电话="")
    task = sent(changed, actor=command)
    (row,) = replaced_rows(task, actor=command, first=0, size=5)
    told = [(one.before, one.after) for one in row.differences]
    assert told == [("甲建设集团有限公司", "戊建设集团有限公司")]
    confirm_import(task.id, actor=command, at=NOON)
    apply_import(task.id, at=NOON)
    task.refresh_from_db()
    now = Contract.objects.get(id=first.id)
    assert (now.general_contractor, now.supervision_company) == ("戊建设集团有限公司", "乙监理有限公司")
    assert now.lead_phone_hash == first.lead_phone_hash
    undo(task, actor=command)
    assert Contract.objects.get(id=first.id).general_contractor == "甲建设集团有限公司"


def test_a_new_contract_that_renames_its_project_says_so_before_it_is_confirmed(cast: Cast) -> None:
    """The row was new, and the first contract had another name afterwards."""
    command = cast.actor("command")
    brought(contract_row(1), actor=command)
    task = sent(contract_row(2, 报建编号="BJ0001", 项目名称="新小区", 项目地址=""), actor=command)
    (shown,) = replaced_rows(task, actor=command, first=0, size=9)
    assert [(one.before, one.after) for one in shown.differences] == [("第1住宅小区", "新小区")]
    same = sent(contract_row(3, 报建编号="BJ0001", 项目名称="第1住宅小区"), actor=command)
    assert replaced_rows(same, actor=command, first=0, size=9) == []


def test_undo_takes_contract_and_project_back_unless_another_file_rests_on_them(cast: Cast) -> None:
    command = cast.actor("command")
    first = bring(contract_row(1), contract_row(2), actor=command)
    bring(contract_row(2, 用人单位="丁劳务有限公司"), actor=command)
    undo(first, actor=command)
    assert list(Contract.objects.current().values_list("number", flat=True)) == ["HT0002"]
    assert list(Project.objects.filter(removed_at=None).values_list("filing_number", flat=True)) == ["BJ0002"]
    assert employers("HT0002") == {"丁劳务有限公司"}
    assert counts(bring(contract_row(1), actor=command)) == (1, 0, 0, 0)


def test_wrong_rows_come_back_with_their_reasons(cast: Cast) -> None:
    command = cast.actor("command")
    brought(contract_row(1), actor=command)
    wrong = (
        contract_row(1, 报建编号="BJ0077"),
        contract_row(2, 监理单位="己监理有限公司"),
        contract_row(2, 合同报送编号="HT0012", 项目名称="另一小区"),
        contract_row(4, 负责人电话=""),
        contract_row(5, 所属镇街="五山街道"),
        contract_row(6, 监督站=""),
    )
    with translation.override("zh-hans"):
        task = bring(contract_row(2), *wrong, actor=command)
    assert counts(task) == (1, 0, 0, 6)
    parts = (
        "BJ0001",
        "对该合同填写不同",
        "对该项目填写不同",
        "姓名和电话",
        "五山街道",
        "监督站",
    )
    for reason, part in zip(reasons(task), parts, strict=True):
        assert part in reason


@pytest.mark.promise("T9")
def test_a_file_changes_no_contract_of_another_town_and_shows_nothing_of_it(cast: Cast) -> None:
    (far,) = brought(contract_row(1, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    town = cast.actor("town")
    mine = contract_row(1, 总包项目负责人="甄夺取", 负责人电话="13500000099")
    task = bring(mine, contract_row(1, 合同报送编号="HT0002"), actor=town)
    assert counts(task) == (0, 0, 0, 2)
    assert all("甄项目" not in reason and FAR_TOWN not in reason for reason in reasons(task))
    now = Contract.objects.get(id=far.id)
    assert bytes(now.sealed or b"") == bytes(far.sealed or b"")


def test_a_closed_contract_is_not_filed_again_and_one_closed_meanwhile_stops_the_file(cast: Cast) -> None:
    command = cast.actor("command")
    first, second = brought(contract_row(1), contract_row(2), actor=command)
    close_contract(first.id, actor=command, at=NOON)
    task = bring(contract_row(1, 用人单位="丁劳务有限公司"), actor=command)
    assert counts(task) == (0, 0, 0, 1)
    assert "HT0001" in reasons(task)[0]
    waiting = sent(contract_row(2, 用人单位="丁劳务有限公司"), actor=command)
    close_contract(second.id, actor=command, at=NOON)
    confirm_import(waiting.id, actor=command, at=NOON)
    apply_import(waiting.id, at=NOON)
    waiting.refresh_from_db()
    assert waiting.state != "applied"
    assert employers("HT0002") == {"丙劳务有限公司"}


def test_only_whose_reach_it_is_closes_a_contract(cast: Cast) -> None:
    (far,) = brought(contract_row(1, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    for name in ("town", "principal"):
        with pytest.raises(Refusal):
            close_contract(far.id, actor=cast.actor(name), at=NOON)
    assert Contract.objects.current().filter(id=far.id).exists()
