"""Organisations from a file: what goes in, what comes back and why, what a repetition and an undo do."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outpost.audit.models import RowVersion
from outpost.core.errors import Refusal
from outpost.exchange import files, queries
from outpost.exchange.models import Import
from outpost.fields.specs import FieldSpec
from outpost.regions.models import Organization
from outpost.regions.queries import principal_of
from outpost.regions.services import add_grid
from outpost.sentinel.models import Enrolment
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.organizations import add_organization, change_organization
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    add,
    confirm,
    counts,
    csv_file,
    organization_entry,
    send,
    undo,
)
from outpost.sentinel.tests.test_organizations import holders, of_phone
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=1)
COLD = {"category": "cast-cold"}
NEW = ("新岸冷库", "南沙街道", "甄新岸", "13800138009", "港前大道9号")
NEAR = ("近岸冷链有限公司", "440115001", "甄近安", "13800138001", "环市大道1号")

Rows = Sequence[Sequence[str]]


class Desk:
    """One actor with files."""

    def __init__(self, cast: Cast, folder: Path, who: str = "command") -> None:
        self.actor = cast.actor(who)
        self._folder = folder

    def check(self, rows: Rows, header: Sequence[str] = ORGANIZATION_HEADER, **params: str) -> Import:
        path = csv_file(self._folder / "主体.csv", header, rows)
        return send(path, "sentinel.organizations", COLD | params, actor=self.actor)

    def bring(self, rows: Rows, header: Sequence[str] = ORGANIZATION_HEADER, **params: str) -> Import:
        task = self.check(rows, header, **params)
        assert task.state == "checked", task.refusal
        return confirm(task, actor=self.actor, at=LATER)


@pytest.fixture
def desk(cast: Cast, tmp_path: Path) -> Desk:
    return Desk(cast, tmp_path)


def changed(row: Sequence[str], **changes: str) -> tuple[str, ...]:
    return tuple((dict(zip(ORGANIZATION_HEADER, row, strict=True)) | changes).values())


def reasons(task: Import) -> list[str]:
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    return [str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def contents() -> list[tuple[Any, ...]]:
    columns = ("id", "category_id", "fields", "organization_id", "organization__address")
    rows = Enrolment.objects.current().order_by("id").values_list(*columns, "organization__grid_id")
    return list(rows)


def test_a_file_goes_in_with_its_principals(desk: Desk, cast: Cast) -> None:
    town = cast.actor("command")
    grid = add_grid("440115001", "第一网格", actor=town, at=NOON)
    header = (*ORGANIZATION_HEADER, "所属网格", "统一社会信用代码")
    task = desk.bring([(*NEW, "第一网格", "91440115MA59ABCD1X")], header)
    assert counts(task) in {(1, 0, 0, 0), (0, 0, 0, 1)}
    task = desk.bring([(*changed(NEW, 主体名称="新港冷库"), "第一网格", "")], header)
    assert counts(task) == (1, 0, 0, 0)
    organization = Organization.objects.get(name="新港冷库")
    assert (organization.region_id, organization.grid_id) == ("440115001", grid.code)
    assert principal_of(organization).name == "甄新岸"
    assert holders(organization.id) == {of_phone("13800138009")}
    assert Enrolment.objects.current().filter(organization=organization, category="cast-cold").exists()


@pytest.mark.promise("R5")
def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    desk.bring([NEW, NEAR])
    before = contents()
    versions = RowVersion.objects.count()
    assert counts(desk.bring([NEW, NEAR])) == (0, 0, 2, 0)
    assert contents() == before
    assert RowVersion.objects.count() == versions


@pytest.mark.promise("R5")
def test_what_is_replaced_is_listed_first_and_kept(desk: Desk, cast: Cast) -> None:
    rooms = FieldSpec("rooms", "房间数", "number")
    set_field("cast-cold", "organization", rooms, actor=cast.actor("command"), at=NOON)
    header = (*ORGANIZATION_HEADER, "房间数")
    desk.bring([(*NEAR, "")], header)
    row = changed(NEAR, 负责人电话="13800138077", 主体地址="港前大道2号")
    task = desk.check([(*row, "12")], header)
    assert counts(task) == (0, 1, 0, 0)
    (listed,) = queries.replaced_rows(task, actor=cast.actor("command"), first=0, size=20)
    shown = {one.label: (one.before, one.after) for one in listed.differences}
    assert shown == {
        "负责人电话": ("138****8001", "138****8077"),
        "主体地址": ("环市大道1号", "港前大道2号"),
        "房间数": ("", "12"),
    }
    assert holders(cast.near.organization_id) == {of_phone("13800138001")}
    confirm(task, actor=desk.actor, at=LATER)
    assert holders(cast.near.organization_id) == {of_phone("13800138077")}
    kept = RowVersion.objects.filter(cause=str(task.id))
    assert {version.table for version in kept} == {"sentinel_enrolment", "regions_organization"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"主体名称": ""}, "主体名称"),
        ({"主体名称": "长" * 121}, "主体名称"),
        ({"所属镇街": ""}, "所属镇街"),
        ({"所属镇街": "五山街道"}, "所属镇街"),
        ({"所属镇街": "440106001"}, "所属镇街"),
        ({"负责人姓名": ""}, "负责人姓名"),
        ({"负责人姓名": "88"}, "负责人姓名"),
        ({"负责人电话": ""}, "负责人电话"),
        ({"负责人电话": "8888"}, "负责人电话"),
        ({"负责人电话": "020-39050000"}, "负责人电话"),
        ({"主体地址": ""}, "主体地址"),
    ],
)
def test_a_bad_row_comes_back_with_its_reason(desk: Desk, changes: dict[str, str], reason: str) -> None:
    task = desk.bring([NEAR, changed(NEW, **changes)])
    assert task.rejected == 1
    assert reason in reasons(task)[0]
    assert not Organization.objects.filter(name="新岸冷库").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("所属网格", "第九网格"), ("统一社会信用代码", "91440115"), ("房间数", "十二"), ("开业日期", "去年")],
)
def test_optional_cells_are_checked_too(desk: Desk, cast: Cast, name: str, value: str) -> None:
    for code, label, kind in (("rooms", "房间数", "number"), ("opened_on", "开业日期", "date")):
        field = FieldSpec(code, label, kind)
        set_field("cast-cold", "organization", field, actor=cast.actor("command"), at=NOON)
    task = desk.bring([(*NEW, value)], (*ORGANIZATION_HEADER, name))
    assert counts(task) == (0, 0, 0, 1)
    assert name in reasons(task)[0]


def test_a_missing_column_refuses_the_file(desk: Desk) -> None:
    task = desk.check([NEW[:-1]], ORGANIZATION_HEADER[:-1])
    assert (task.state, (task.refusal or {})["code"]) == ("refused", "sheets.missing_columns")


@pytest.mark.promise("T2")
def test_each_enters_only_what_is_theirs(cast: Cast, tmp_path: Path) -> None:
    far = changed(NEW, 所属镇街="万顷沙镇")
    town = Desk(cast, tmp_path, "town")
    task = town.bring([NEW, far])
    assert counts(task) == (1, 0, 0, 1)
    assert "万顷沙镇" in reasons(task)[0]
    assert counts(Desk(cast, tmp_path, "bureau").bring([far])) == (1, 0, 0, 0)
    assert Desk(cast, tmp_path, "bureau").check([NEW], category="cast-courier").state == "refused"
    for who in ("principal", "feeder", "operator"):
        with pytest.raises(Refusal):
            Desk(cast, tmp_path, who).check([NEW])


def test_one_written_in_two_ways_is_one(desk: Desk, cast: Cast) -> None:
    task = desk.bring([changed(NEAR, 主体名称="近岸 冷链有限公司", 所属镇街="南沙街道")])
    assert counts(task)[:2] == (0, 1) or counts(task) == (0, 0, 1, 0)
    assert Enrolment.objects.current().count() == 2
    twice = desk.bring([NEW, changed(NEW, 主体名称="新岸　冷库", 主体地址="港前大道10号")])
    assert (twice.new, twice.duplicates) == (1, 1)
    assert Organization.objects.get(name="新岸冷库").address == "港前大道10号"


def test_one_of_another_category_is_the_same(desk: Desk, cast: Cast) -> None:
    task = desk.bring([changed(NEAR, 主体地址="港前大道3号")], category="cast-courier")
    assert counts(task) == (1, 0, 0, 0)
    assert Organization.objects.get(id=cast.near.organization_id).address == "港前大道3号"
    assert Enrolment.objects.filter(organization=cast.near.organization_id).count() == 2


@pytest.mark.promise("R5")
def test_an_import_is_undone_as_a_whole(desk: Desk, cast: Cast) -> None:
    desk.bring([NEAR])
    before = contents()
    task = desk.bring([NEW, changed(NEAR, 负责人电话="13800138077", 主体地址="港前大道2号")])
    assert counts(task) == (1, 1, 0, 0)
    assert undo(task, actor=desk.actor, at=LATER).kept_on_undo == 0
    assert contents() == before
    gone = Organization.objects.get(name="新岸冷库")
    assert gone.removed_at is not None
    assert holders(gone.id) == set()
    assert holders(cast.near.organization_id) == {of_phone("13800138001")}
    assert principal_of(Organization.objects.get(id=cast.near.organization_id)).phone == "13800138001"


def test_an_undo_leaves_what_others_use_or_changed(desk: Desk, cast: Cast) -> None:
    other = changed(NEW, 主体名称="新港冷库")
    third = changed(NEW, 主体名称="新湾冷库")
    task = desk.bring([NEW, other, third])
    used = Enrolment.objects.get(organization__name="新岸冷库")
    add(cast, to=used.id)
    edited = Enrolment.objects.get(organization__name="新港冷库")
    entry = organization_entry(name="新港冷库二号", principal_phone="13800138078")
    change_organization(edited.id, entry, actor=desk.actor, at=LATER)
    undone = undo(task, actor=desk.actor, at=LATER)
    assert undone.kept_on_undo == 2
    living = Organization.objects.current().values_list("name", flat=True)
    assert {"新岸冷库", "新港冷库二号"} <= set(living)
    assert "新湾冷库" not in set(living)


def test_a_ledger_that_changed_since_the_check_stops_the_import(desk: Desk, cast: Cast) -> None:
    task = desk.check([NEW])
    add_organization("cast-cold", organization_entry(), actor=cast.actor("town"), at=NOON)
    task = confirm(task, actor=desk.actor, at=LATER)
    assert (task.state, (task.refusal or {})["code"]) == ("refused", "sentinel.table_changed")
    assert Organization.objects.filter(name="新岸冷库").count() == 1
    assert counts(desk.check([NEW]))[:2] == (0, 1) or counts(desk.check([NEW])) == (0, 0, 1, 0)
