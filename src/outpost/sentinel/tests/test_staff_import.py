"""Staff from a file: what goes in, what comes back and why, what a repetition and an undo do."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.errors import Refusal
from outpost.exchange import errors as exchange
from outpost.exchange import files, queries
from outpost.exchange.models import Import
from outpost.fields.specs import FieldSpec
from outpost.people.models import Person
from outpost.people.queries import OWN_STAFF_SEEN
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.narrow import StaffAway
from outpost.sentinel.queries.staff import StaffRow, staff_member, staff_page
from outpost.sentinel.queries.staff_filter import StaffFilter
from outpost.sentinel.services import latest
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.organizations import add_organization, remove_organizations
from outpost.sentinel.services.staff import change_staff, remove_staff
from outpost.sentinel.tests.ledgers import (
    STAFF_HEADER,
    actions,
    add,
    confirm,
    counts,
    csv_file,
    entry,
    id_number,
    organization_entry,
    send,
    staff_row,
    undo,
)
from outpost.sentinel.tests.pages import at_clock, browser, page, text
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=1)
COLD = {"category": "cast-cold"}
NEAR, FAR = "近岸冷链有限公司", "远洋冷链有限公司"

Rows = Sequence[Sequence[str]]


class Desk:
    """One actor with files."""

    def __init__(self, cast: Cast, folder: Path, who: str = "command") -> None:
        self.actor = cast.actor(who)
        self._folder = folder

    def check(
        self, rows: Rows, header: Sequence[str] = STAFF_HEADER, at: Any = NOON, **params: str
    ) -> Import:
        path = csv_file(self._folder / "员工.csv", header, rows)
        return send(path, "sentinel.staff", COLD | params, actor=self.actor, at=at)

    def bring(
        self, rows: Rows, header: Sequence[str] = STAFF_HEADER, at: Any = NOON, **params: str
    ) -> Import:
        task = self.check(rows, header, at, **params)
        assert task.state == "checked", task.refusal
        return confirm(task, actor=self.actor, at=at)

    def undo(self, task: Import, at: Any = LATER) -> Import:
        return undo(task, actor=self.actor, at=at)

    def rows(self, at: Any = NOON, **wanted: Any) -> list[StaffRow]:
        return staff_page(StaffFilter(**wanted), actor=self.actor, at=at, limit=500)[0]


@pytest.fixture
def desk(cast: Cast, tmp_path: Path) -> Desk:
    return Desk(cast, tmp_path)


def reasons(task: Import) -> list[str]:
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    return [str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def contents() -> list[tuple[Any, ...]]:
    """The ledger as it stands, without what a write always changes."""
    columns = ("id", "enrolment_id", "person_id", "job_type", "fields", "joined_on", "content_hash")
    living = StaffMember.objects.current().order_by("id").values_list(*columns)
    spells = DutySpell.objects.order_by("id").values_list("id", "staff_id", "state", "starts_on", "ends_on")
    return [tuple(map(str, map(_plain, row))) for row in (*living, *spells)]


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, memoryview) else value


def test_a_file_goes_in(desk: Desk, cast: Cast) -> None:
    task = desk.bring([staff_row(1), staff_row(2), staff_row(3, FAR)])
    assert counts(task) == (3, 0, 0, 0)
    assert StaffMember.objects.current().filter(enrolment=cast.near).count() == 2
    member = StaffMember.objects.filter(enrolment=cast.near).first()
    assert member is not None
    assert member.joined_on == date(2022, 6, 8)
    assert member.import_id == task.id
    assert Person.objects.count() == 3
    principal = Desk(cast, Path(), "principal")
    assert {row.number for row in principal.rows()} == {id_number(1), id_number(2)}
    assert "exchange.import_applied" in actions()


@pytest.mark.promise("R5")
def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    rows = [staff_row(1), staff_row(2, FAR)]
    desk.bring(rows)
    before = contents()
    again = desk.bring(rows, at=LATER)
    assert counts(again) == (0, 0, 2, 0)
    assert contents() == before
    assert not RowVersion.objects.exists()


@pytest.mark.promise("R5")
def test_what_is_replaced_is_listed_first_and_kept(desk: Desk) -> None:
    desk.bring([staff_row(1)])
    changed = staff_row(1, 姓名="甄更名", 手机号码="13900000077", 人员类别="叉车工")
    task = desk.check([changed, staff_row(2)], at=LATER)
    assert counts(task) == (1, 1, 0, 0)
    assert [row.job_type for row in desk.rows()] == ["搬运工"]
    listed = queries.replaced_rows(task, actor=desk.actor, first=0, size=20)
    shown = {one.label: (one.before, one.after) for one in listed[0].differences}
    assert shown == {
        "姓名": ("甄**", "甄**"),
        "手机号码": ("139****0001", "139****0077"),
        "人员类别": ("搬运工", "叉车工"),
    }
    confirm(task, actor=desk.actor, at=LATER)
    assert {row.job_type for row in desk.rows()} == {"搬运工", "叉车工"}
    assert RowVersion.objects.get().row["job_type"] == "搬运工"


@pytest.mark.promise("T4")
def test_the_employer_sees_whom_the_own_file_changes(cast: Cast, tmp_path: Path) -> None:
    Desk(cast, tmp_path).bring([staff_row(1)])
    rows = [staff_row(1, 姓名="甄更名", 手机号码="13900000077")]
    pages = {}
    for who in ("principal", "town"):
        task = Desk(cast, tmp_path, who).check(rows)
        before = AuditEntry.objects.filter(action=OWN_STAFF_SEEN).count()
        with at_clock(NOON):
            pages[who] = text(page(browser(cast, who), "exchange:import", task.id))
        looks = AuditEntry.objects.filter(action=OWN_STAFF_SEEN).count() - before
        assert looks == (1 if who == "principal" else 0)
    assert "2 · 甄测试" in pages["principal"]
    assert "13900000077" in pages["principal"]
    for clear in ("甄测试", "甄更名", "13900000077"):
        assert clear not in pages["town"]


def test_the_last_of_several_rows_wins(desk: Desk) -> None:
    task = desk.bring([staff_row(1, 人员类别="甲"), staff_row(1, 人员类别="乙")])
    assert counts(task) == (1, 1, 0, 0)
    assert task.duplicates == 1
    assert [row.job_type for row in desk.rows()] == ["乙"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"姓名": ""}, "姓名：必填项为空"),
        ({"姓名": "12"}, "姓名"),
        ({"手机号码": "1390000000"}, "手机号码"),
        ({"手机号码": "1.39E+10"}, "手机号码"),
        ({"手机号码": "139****0001"}, "手机号码"),
        ({"身份证号码": "110101190001011008"}, "身份证号码"),
        ({"身份证号码": "11010119000101100"}, "身份证号码"),
        ({"身份证号码": "4.40106E+17"}, "身份证号码"),
        ({"身份证号码": "1101**********100X"}, "身份证号码"),
        ({"身份证号码": ""}, "身份证号码"),
        ({"居住地址": "  "}, "居住地址"),
        ({"主体名称": ""}, "主体名称"),
        ({"主体名称": "没有的公司"}, "主体名称"),
        ({"人员类别": "搬" * 61}, "人员类别"),
    ],
)
def test_a_bad_row_comes_back_with_its_reason(desk: Desk, changes: dict[str, str], reason: str) -> None:
    task = desk.bring([staff_row(1), staff_row(2, **changes), staff_row(3)])
    assert counts(task) == (2, 0, 0, 1)
    (said,) = reasons(task)
    assert reason in said
    assert "3" in said


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("证件类型", "驾驶证", "证件类型"),
        ("入职日期", "六月一日", "入职日期"),
        ("入职日期", "2024-01-01", "入职日期"),
        ("在岗状态", "睡觉", "在岗状态"),
        ("所属镇街", "五山街道", "主体名称"),
        ("班次", "午班", "班次"),
    ],
)
def test_optional_cells_are_checked_too(desk: Desk, cast: Cast, name: str, value: str, reason: str) -> None:
    shift = FieldSpec("shift", "班次", "choice", choices=("白班", "夜班"))
    set_field("cast-cold", "staff", shift, actor=cast.actor("command"), at=NOON)
    task = desk.bring([(*staff_row(1), value), (*staff_row(2), "")], (*STAFF_HEADER, name))
    assert counts(task) == (1, 0, 0, 1)
    assert reason in reasons(task)[0]


def test_a_name_in_two_towns_needs_the_town(desk: Desk, cast: Cast) -> None:
    twin = add_organization("cast-cold", organization_entry(name=FAR), actor=cast.actor("command"), at=NOON)
    task = desk.bring([staff_row(1, FAR)])
    assert "南沙街道、万顷沙镇" in reasons(task)[0]
    header = (*STAFF_HEADER, "所属镇街")
    desk.bring([(*staff_row(1, FAR), "南沙街道"), (*staff_row(2, FAR), "万顷沙镇")], header)
    places = StaffMember.objects.values_list("enrolment", flat=True)
    assert sorted(places) == sorted([twin.id, cast.far.id])


@pytest.mark.promise("T2")
def test_a_foreign_organisation_is_as_unknown_as_a_missing_one(cast: Cast, tmp_path: Path) -> None:
    for who in ("town", "principal"):
        task = Desk(cast, tmp_path, who).bring([staff_row(1, FAR), staff_row(2, "没有的公司"), staff_row(3)])
        foreign, missing = reasons(task)
        assert foreign.replace(FAR, "·").replace("2", "·") == missing.replace("没有的公司", "·").replace(
            "3", "·"
        )
        assert counts(task)[3] == 2
    assert not StaffMember.objects.filter(enrolment=cast.far).exists()


@pytest.mark.promise("T2")
def test_a_category_out_of_reach_is_refused(cast: Cast, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", STAFF_HEADER, [staff_row(1)])
    for who, category in (("bureau", "cast-courier"), ("principal", "cast-courier")):
        task = send(path, "sentinel.staff", {"category": category}, actor=cast.actor(who))
        assert (task.state, task.refusal) == ("refused", {"code": "core.not_found", "fields": {}})
    with pytest.raises(Refusal):
        send(path, "sentinel.staff", COLD, actor=cast.actor("feeder"))


def test_a_file_for_one_organisation_need_not_name_it(cast: Cast, tmp_path: Path) -> None:
    principal = Desk(cast, tmp_path, "principal")
    header = STAFF_HEADER[1:]
    for organization in (str(cast.near.id), NEAR):
        principal.bring([staff_row(1)[1:], staff_row(2)[1:]], header, organization=organization)
    assert StaffMember.objects.current().filter(enrolment=cast.near).count() == 2
    task = principal.bring([staff_row(3), staff_row(4, "别的公司")], organization=NEAR)
    assert counts(task) == (1, 0, 0, 1)
    assert "别的公司" in reasons(task)[0]
    refused = principal.check([staff_row(5)[1:]], header, organization=str(cast.far.id))
    assert refused.state == "refused"


def test_days_and_duty_that_are_not_stated_stay(desk: Desk, cast: Cast) -> None:
    header = (*STAFF_HEADER, "入职日期", "在岗状态")
    desk.bring([(*staff_row(1), "2022-05-01", "轮休"), (*staff_row(2), "", "在岗")], header)
    first, second = sorted(desk.rows(), key=lambda row: row.joined_on)
    assert (first.joined_on, first.duty) == (date(2022, 5, 1), DutyState.RESTING)
    assert (second.joined_on, second.duty) == (date(2022, 6, 8), DutyState.ON_DUTY)
    again = desk.bring([staff_row(1), staff_row(2)], at=LATER)
    assert counts(again) == (0, 0, 2, 0)
    changed = desk.bring(
        [(*staff_row(1), "2022-05-02", "轮休"), (*staff_row(2), "", "放假")], header, at=LATER
    )
    assert counts(changed) == (0, 2, 0, 0)
    assert staff_member(first.id, actor=desk.actor, at=LATER).joined_on == date(2022, 5, 2)
    assert staff_member(second.id, actor=desk.actor, at=LATER).duty is DutyState.HOLIDAY
    assert StaffAway.objects.filter(ends_on=None).count() == 2
    assert latest.mend() == 0
    back = desk.bring([(*staff_row(1), "", "在岗")], header, at=LATER)
    assert counts(back) == (0, 1, 0, 0)
    assert staff_member(first.id, actor=desk.actor, at=LATER).duty is DutyState.ON_DUTY
    assert staff_member(first.id, actor=desk.actor, at=NOON).duty is DutyState.RESTING


def test_the_summary_shows_a_changed_duty(desk: Desk) -> None:
    header = (*STAFF_HEADER, "在岗状态")
    desk.bring([(*staff_row(1), "轮休")], header)
    task = desk.check([(*staff_row(1), "离岗")], header, at=LATER)
    ((only,),) = (row.differences for row in queries.replaced_rows(task, actor=desk.actor, first=0, size=20))
    assert (only.label, only.before, only.after) == ("在岗状态", "轮休", "离岗")


@pytest.mark.promise("R5")
def test_an_import_is_undone_as_a_whole(desk: Desk) -> None:
    header = (*STAFF_HEADER, "入职日期", "在岗状态")
    desk.bring([(*staff_row(1), "2022-05-01", "轮休"), (*staff_row(2), "", "在岗")], header)
    before = contents()
    task = desk.bring(
        [
            (*staff_row(1, 人员类别="叉车工"), "2022-05-03", "在岗"),
            (*staff_row(2), "", "离岗"),
            (*staff_row(3), "", "放假"),
        ],
        header,
        at=LATER,
    )
    assert counts(task) == (1, 2, 0, 0)
    undone = desk.undo(task)
    assert undone.state == "undone"
    assert contents() == before
    assert latest.mend() == 0


def test_an_undo_leaves_what_was_changed_by_hand(desk: Desk, cast: Cast) -> None:
    header = (*STAFF_HEADER, "在岗状态")
    task = desk.bring([(*staff_row(number), "轮休") for number in (1, 2, 3, 4)], header)
    by_number = {m.person_id: m for m in StaffMember.objects.all()}
    first, second, third, _fourth = by_number.values()
    command = cast.actor("command")
    change_staff(first.id, entry(name="", phone="", document_number=""), actor=command, at=LATER)
    remove_staff([second.id], actor=command, at=LATER)
    set_duty([third.id], "resting", starts_on=date(2022, 6, 9), actor=command, at=LATER)
    undone = desk.undo(task)
    assert undone.kept_on_undo == 2
    assert latest.mend() == 0
    assert list(StaffMember.objects.current().values_list("id", flat=True)) == [first.id]


def test_somebody_removed_comes_back_as_a_new_row(desk: Desk, cast: Cast) -> None:
    member = add(cast)
    remove_staff([member.id], actor=cast.actor("command"), at=NOON)
    assert counts(desk.bring([staff_row(1)], at=LATER)) == (1, 0, 0, 0)
    assert StaffMember.objects.count() == 2


def test_an_organisation_removed_since_the_check_stops_the_import(desk: Desk, cast: Cast) -> None:
    task = desk.check([staff_row(1)])
    remove_organizations([cast.near.id], actor=cast.actor("command"), at=LATER)
    task = confirm(task, actor=desk.actor, at=LATER)
    assert task.state == "refused"
    assert task.refusal == {"code": "sentinel.table_changed", "fields": {}}
    assert not StaffMember.objects.exists()


def test_rights_lost_since_the_check_stop_the_import(desk: Desk, cast: Cast, tmp_path: Path) -> None:
    principal = Desk(cast, tmp_path, "principal")
    task = principal.check([staff_row(1)])
    cast.users["principal"].grants.update(revoked_at=LATER)
    with pytest.raises(Refusal) as refused:
        confirm(task, actor=cast.actor("principal"), at=LATER)
    assert refused.value.status in (403, 404)
    assert not StaffMember.objects.exists()
    assert exchange.WRONG_STATE is not None


@pytest.mark.promise("V7")
def test_the_staging_table_holds_nothing_in_clear(desk: Desk) -> None:
    from django.db import connection

    task = desk.check([staff_row(1)])
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM staging."import_{task.id.hex}"')
        said = "".join(str(bytes(v) if isinstance(v, memoryview) else v) for row in cursor for v in row)
    for canary in ("甄测试", "13900000001", id_number(1), "金沙路"):
        assert canary not in said


people = st.integers(1, 4)
jobs = st.sampled_from(["搬运工", "叉车工", "保洁"])
places = st.sampled_from([NEAR, FAR])
files_of_rows = st.lists(st.tuples(people, places, jobs), max_size=6)


@pytest.mark.promise("R5")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=files_of_rows, second=files_of_rows)
def test_files_in_any_order_end_as_their_last_rows_say(
    desk: Desk,
    cast: Cast,
    first: list[tuple[int, str, str]],
    second: list[tuple[int, str, str]],
) -> None:
    StaffMember.objects.all().delete()
    expected: dict[tuple[int, str], str] = {}
    for rows in (first, second):
        if rows:
            desk.bring([staff_row(n, place, 人员类别=job) for n, place, job in rows])
            expected |= {(n, place): job for n, place, job in rows}
    before = contents()
    for rows in (second,):
        if rows:
            again = desk.bring([staff_row(n, place, 人员类别=job) for n, place, job in rows])
            assert again.new == 0
            assert again.replaced == again.duplicates
    assert contents() == before
    assert sorted(row.job_type for row in desk.rows()) == sorted(expected.values())
