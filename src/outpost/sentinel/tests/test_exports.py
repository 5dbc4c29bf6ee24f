"""The ledgers as files that go out: scope, masks, purposes, and the way back in."""

import string
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.core.sheets.writing import write_workbook
from outpost.exchange import errors as exchange
from outpost.exchange import registry, services
from outpost.exchange.models import Export
from outpost.people.rules import DocumentType
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services.categories import FieldEntry, set_field
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.staff import add_staff
from outpost.sentinel.tests.ledgers import add, confirm, counts, entry, id_number, send
from outpost.testing.cast import NOON, Cast

COLD = {"category": "cast-cold"}
CLEAR = "sentinel.staff_in_clear"
PURPOSE = "supervision"


def rows_of(kind: str, cast: Cast, who: str, **params: str) -> list[tuple[Any, ...]]:
    """What a kind gives this actor: the rows alone, as the engine takes them."""
    found, actor = registry.export_kind(kind), cast.actor(who)
    with override("zh-hans"):
        kept = found.check(COLD | params, actor)
        rows = [tuple(row) for row in found.rows(kept, actor)]
        assert found.count(kept, actor) == len(rows)
        assert all(len(row) == len(found.headers(kept)) for row in rows)
    return rows


def column(rows: list[tuple[Any, ...]], at: int) -> set[Any]:
    return {row[at] for row in rows}


@pytest.mark.promise("T4")
def test_a_masked_file_holds_nobody_in_clear(cast: Cast) -> None:
    add(cast)
    for who in ("command", "town", "bureau", "principal"):
        ((_place, _town, name, _job, phone, _type, number, address, *_rest),) = rows_of(
            "sentinel.staff", cast, who
        )
        assert (name, phone, number) == ("甄**", "139****0001", f"1101**********{id_number(1)[-4:]}")
        assert address == "金沙***"
    for row in rows_of("sentinel.organizations", cast, "command"):
        assert row[4:6] in {("甄**", "138****8001"), ("甄**", "138****8002")}


@pytest.mark.promise("T2")
def test_each_role_gets_its_own_rows(cast: Cast) -> None:
    add(cast)
    add(cast, 2, to=cast.far.id)
    near, far = "近岸冷链有限公司", "远洋冷链有限公司"
    for kind, at in (("sentinel.staff", 0), ("sentinel.organizations", 0)):
        assert column(rows_of(kind, cast, "command"), at) == {near, far}
        assert column(rows_of(kind, cast, "bureau"), at) == {near, far}
        assert column(rows_of(kind, cast, "town"), at) == {near}
        assert column(rows_of(kind, cast, "principal"), at) == {near}
    assert column(rows_of(CLEAR, cast, "town"), 0) == {near}
    ((*_, phone, _type, number, _a, _j, _d),) = rows_of("sentinel.own_staff", cast, "principal")
    assert (phone, number) == ("13900000001", id_number(1))


@pytest.mark.promise("V3")
def test_a_file_in_clear_asks_for_a_right_and_a_purpose(cast: Cast) -> None:
    add(cast)
    asked: dict[str, Any] = {"params": COLD, "at": NOON}
    with pytest.raises(Refusal) as refused:
        services.request_export(CLEAR, purpose="", actor=cast.actor("town"), **asked)
    assert refused.value.problem is exchange.PURPOSE_REQUIRED
    for who, kind in (("principal", CLEAR), ("auditor", CLEAR), ("town", "sentinel.own_staff")):
        with pytest.raises(Refusal) as denied:
            services.request_export(kind, purpose=PURPOSE, actor=cast.actor(who), **asked)
        assert denied.value.problem is FORBIDDEN
    services.request_export("sentinel.own_staff", purpose="", actor=cast.actor("principal"), **asked)
    with pytest.raises(Refusal) as missing:
        services.request_export(
            CLEAR, purpose=PURPOSE, params={"category": "cast-courier"}, actor=cast.actor("bureau"), at=NOON
        )
    assert missing.value.problem is NOT_FOUND


def test_the_filter_of_the_list_counts(cast: Cast) -> None:
    add(cast)
    second = add(cast, 2, to=cast.far.id, job_type="叉车工")
    day = NOON.date()
    set_duty(
        [second.id], "resting", starts_on=day - timedelta(days=900), actor=cast.actor("command"), at=NOON
    )
    for params, places in (
        ({"town": "440115100"}, 1),
        ({"organization": str(cast.near.id)}, 1),
        ({"organization_name": "冷链"}, 2),
        ({"document": id_number(2)}, 1),
        ({"phone": "13900000001"}, 1),
        ({"name": "甄测试"}, 2),
        ({"name": "甄别人"}, 0),
        ({"job_type": "叉车工"}, 1),
        ({"recency": "unmatched"}, 2),
        ({"recency": "within_24h"}, 0),
        ({"dose": "due_1"}, 2),
        ({"dose": "given_1"}, 0),
    ):
        assert len(rows_of("sentinel.staff", cast, "command", **params)) == places, params
    with pytest.raises(Refusal) as refused:
        rows_of("sentinel.staff", cast, "command", recency="often")
    assert refused.value.problem is NOT_FOUND


@pytest.mark.promise("V8")
def test_what_was_searched_for_is_stored_sealed(cast: Cast) -> None:
    actor = cast.actor("command")
    params = COLD | {"document": id_number(1), "phone": "13900000001", "name": "甄测试", "unknown": "x"}
    services.request_export("sentinel.staff", params=params, purpose="", actor=actor, at=NOON)
    stored = str(Export.objects.get().params)
    for canary in (id_number(1), "13900000001", "甄测试", "unknown"):
        assert canary not in stored


def test_the_file_is_named_by_its_category(cast: Cast) -> None:
    kind = registry.export_kind("sentinel.staff")
    with override("zh-hans"):
        assert kind.title(COLD) == "员工-冷链（测试）"
    with override("en"):
        assert kind.title(COLD) == "staff-cast-cold"


names = st.text("甄贾欧阳·" + string.ascii_letters, min_size=2, max_size=8).filter(
    lambda text: any(map(str.isalpha, text)) and text.strip("·") == text
)
addresses = st.text("金沙路号=+-@'1A ", min_size=1, max_size=12).filter(lambda text: text.strip() != "")


@pytest.mark.promise("F5")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.tuples(
            names,
            addresses,
            st.sampled_from(["", "搬运工", "=1+1", "-5"]),
            st.sampled_from([None, 12, 0.5, -3]),
            st.sampled_from(["", "2022-05-01"]),
            st.sampled_from(["on_duty", "resting", "holiday"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_goes_out_in_clear_comes_in_unchanged(
    cast: Cast, tmp_path: Path, people: list[tuple[str, str, str, float | None, str, str]]
) -> None:
    StaffMember.objects.all().delete()
    command = cast.actor("command")
    for code, name, kind in (("bay", "仓位", "number"), ("trained_on", "培训日期", "date")):
        set_field(FieldEntry("cast-cold", "staff", code, name, kind), actor=command, at=NOON)
    for number, (name, address, job, bay, day, duty) in enumerate(people, 1):
        fields = {"bay": bay, "trained_on": day}
        member = add(cast, number, name=name, address=address, job_type=job, fields=fields)
        set_duty([member.id], duty, starts_on=member.joined_on, actor=command, at=NOON)
    passport = entry(document_number="E12345678", document_type=DocumentType.PASSPORT)
    add_staff(cast.far.id, passport, actor=command, at=NOON)
    path = written(cast, tmp_path)
    task = confirm(send(path, "sentinel.staff", COLD, actor=command), actor=command)
    assert counts(task) == (0, 0, len(people) + 1, 0)


def written(cast: Cast, folder: Path) -> Path:
    """The staff in clear as a workbook."""
    kind, path = registry.export_kind(CLEAR), folder / "员工.xlsx"
    with override("zh-hans"):
        rows = list(kind.rows(COLD, cast.actor("command")))
        write_workbook(path, kind.title(COLD), kind.headers(COLD), rows)
    return path


@pytest.mark.promise("T7")
def test_the_headers_are_those_of_the_import(cast: Cast, tmp_path: Path) -> None:
    add(cast)
    sheet = openpyxl.load_workbook(written(cast, tmp_path)).active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    assert header[:7] == ["主体名称", "所属镇街", "姓名", "人员类别", "手机号码", "证件类型", "身份证号码"]
