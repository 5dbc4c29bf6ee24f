"""The ledgers as files that go out: scope, masks, purposes, and the way back in."""

import re
import string
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest
from django.test import Client
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core import clock
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.core.sealed_text import seal_search
from outpost.core.sheets.writing import write_tables, write_workbook
from outpost.core.text import is_lost
from outpost.exchange import errors as exchange
from outpost.exchange import registry, services
from outpost.exchange.models import Export
from outpost.fields.specs import FieldSpec
from outpost.people.rules import DocumentType
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.rules import evidence
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.staff import add_staff
from outpost.sentinel.tests.ledgers import add, confirm, counts, entry, id_number, send
from outpost.sentinel.tests.pages import at_clock, browser, page
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


def test_a_file_of_those_who_missed_where_no_rule_holds_is_empty(cast: Cast) -> None:
    add(cast)
    cast.cold_chain.window_days = cast.cold_chain.least_tests = None
    cast.cold_chain.save()
    assert rows_of("sentinel.staff", cast, "command", state="missed") == []


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
    lambda text: (
        any(map(str.isalpha, text)) and text.strip("·") == text and not is_lost(text)
    )  # "NULL" is refused
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
        set_field("cast-cold", "staff", FieldSpec(code, name, kind), actor=command, at=NOON)
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


def workbook(name: str, cast: Cast, who: str, folder: Path, /, **params: str) -> openpyxl.Workbook:
    """The file that the engine writes of a list, as the address of its button says it."""
    found, actor, path = registry.export_kind(name), cast.actor(who), folder / "out.xlsx"
    with override("zh-hans"):
        kept = found.check(params, actor)
        rows = write_tables(path, found.tables(kept, actor), zone=clock.zone()).rows
    assert found.count(kept, actor) == rows
    return openpyxl.load_workbook(path)


@pytest.fixture
def couriers(cast: Cast) -> Cast:
    """The near organisation stands in a second category as well, with somebody of its own."""
    enrolment = Enrolment.objects.create(
        category=cast.courier, organization=cast.near.organization, created_at=NOON, updated_at=NOON
    )
    bay = FieldSpec("bay", "仓位", "text")
    set_field("cast-courier", "staff", bay, actor=cast.actor("command"), at=NOON)
    add(cast)
    add(cast, 2, to=enrolment.id, fields={"bay": "B7"})
    return cast


@pytest.mark.promise("T2")
def test_without_a_category_each_has_a_sheet_with_its_own_columns(couriers: Cast, tmp_path: Path) -> None:
    book = workbook("sentinel.staff", couriers, "command", tmp_path)
    assert book.sheetnames == ["冷链（测试）", "快递（测试）"]
    cold, courier = book
    assert [cell.value for cell in courier[1]] == [*(cell.value for cell in cold[1]), "仓位"]
    assert (cold.max_row, courier.max_row) == (2, 2)
    assert courier["K2"].value == "B7"
    assert workbook("sentinel.staff", couriers, "bureau", tmp_path).sheetnames == ["冷链（测试）"]
    assert [
        len(list(sheet.rows)) for sheet in workbook("sentinel.organizations", couriers, "town", tmp_path)
    ] == [*(2, 2)]


def test_a_filter_counts_without_a_category_too(couriers: Cast, tmp_path: Path) -> None:
    book = workbook("sentinel.staff", couriers, "town", tmp_path, document=id_number(2))
    assert book.sheetnames == ["快递（测试）"]
    book = workbook("sentinel.staff", couriers, "town", tmp_path, document=id_number(3))
    assert book.sheetnames == ["员工"]
    with pytest.raises(Refusal) as refused:
        workbook("sentinel.staff", couriers, "town", tmp_path, category="none")
    assert refused.value.problem is NOT_FOUND


def offered(client: Client, name: str, **query: str) -> dict[str, str]:
    """The buttons of the files on a list, with their addresses."""
    answer: Any = page(client, name, **query)
    return {str(one.label): one.url for one in answer.context["exports"]}


def test_the_buttons_say_what_the_files_hold(couriers: Cast, tmp_path: Path) -> None:
    third = add(couriers, 3, job_type="叉车工")
    set_duty([third.id], "resting", starts_on=NOON.date(), actor=couriers.actor("command"), at=NOON)
    town, chinese = browser(couriers, "town"), browser(couriers, "town", "zh-hans")
    with at_clock(NOON):
        assert [*offered(town, "sentinel:staff", duty="all")] == [
            "Export all 3 people (masked)",
            "Export all 3 people (in clear)",
        ]
        assert [*offered(chinese, "sentinel:staff")] == [
            "导出筛选结果 2 人（脱敏）",
            "导出筛选结果 2 人（明文）",
            "导出全部 3 人（脱敏）",
            "导出全部 3 人（明文）",
        ]
        assert [*offered(chinese, "sentinel:staff", duty="all", category="cast-courier")] == [
            "导出筛选结果 1 人（脱敏）",
            "导出筛选结果 1 人（明文）",
            "导出全部 3 人（脱敏）",
            "导出全部 3 人（明文）",
        ]
        assert [*offered(chinese, "sentinel:organizations")] == [
            "导出全部 2 家主体（脱敏）",
            "导出全部 2 家主体（明文）",
        ]
        own = offered(browser(couriers, "principal", "zh-hans"), "sentinel:staff", duty="all")
        assert [*own] == ["导出全部 3 人"]
        searched = seal_search(id_number(2), reader=couriers.actor("town").id, on=clock.local_day(NOON))
        every = [
            *offered(town, "sentinel:staff").items(),
            *offered(town, "sentinel:staff", document=searched).items(),
            *offered(town, "sentinel:organizations", category="cast-courier").items(),
            *offered(town, "sentinel:due", kind="today", category="cast-cold").items(),
        ]
        assert len(every) == 16
        for label, url in every:
            kind, query = urlsplit(url).path.strip("/").split("/")[-1], dict(parse_qsl(urlsplit(url).query))
            book = workbook(kind, couriers, "town", tmp_path, **query)
            (said,) = re.findall(r"\d+", label)
            assert sum(sheet.max_row - 1 for sheet in book) == int(said), label


@pytest.mark.promise("T2")
def test_who_is_due_goes_out_as_the_page_shows_it(cast: Cast, tmp_path: Path) -> None:
    add(cast)
    add(cast, 2, to=cast.far.id)
    later = NOON + timedelta(days=10)
    with at_clock(later):
        for who, kind, places in (
            ("command", "sentinel.due", 2),
            ("town", "sentinel.due", 1),
            ("town", "sentinel.due_in_clear", 1),
            ("principal", "sentinel.own_due", 1),
        ):
            client = browser(cast, who, "zh-hans")
            answer: Any = page(client, "sentinel:due")
            shown = answer.context["listing"]
            rows = [*workbook(kind, cast, who, tmp_path, kind="overdue").active.values][1:]
            assert len(rows) == shown.total == places
            assert {row[2] for row in rows} == {evidence(row.judgement, "zh-hans") for row in shown.rows}
            is_clear = kind != "sentinel.due"
            assert {row[0] for row in rows} == {"甄测试" if is_clear else "甄**"}
            assert ("13900000001" in {row[4] for row in rows}) is is_clear
        assert [*offered(browser(cast, "principal", "zh-hans"), "sentinel:due")] == ["导出全部 1 人"]
        with pytest.raises(Refusal) as refused:
            workbook("sentinel.due", cast, "town", tmp_path, kind="soon")
    assert refused.value.problem is NOT_FOUND
