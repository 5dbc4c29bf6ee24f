"""The pages of the statistics: each number opens its list and its file; ten towns counted by hand."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils.translation import override

from outpost.audit.models import AuditEntry
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal
from outpost.exchange import errors as exchange
from outpost.exchange import registry, services
from outpost.health.models import LatestSamples, TestRecord
from outpost.health.services import ensure_products
from outpost.people.queries import OWN_STAFF_SEEN
from outpost.people.rules import DocumentType
from outpost.regions.models import Organization, Region
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services.latest import mend
from outpost.sentinel.services.staff import remove_staff
from outpost.sentinel.tests.ledgers import add, confirm, id_number, send
from outpost.sentinel.tests.pages import at_clock, browser, page, sampled, text
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=10)  # 2022-06-18 12:00 in Shanghai
RANGE = {"first": "2022-06-16", "last": "2022-06-17"}
TABLES = ("nat_statistics", "vaccination_statistics")


@pytest.fixture(autouse=True)
def ten_days_later() -> Iterator[None]:
    with at_clock(LATER):
        yield


def at(day: int, hour: int = 9) -> datetime:
    return NOON.replace(day=day, hour=hour - 8)


@pytest.fixture
def people(cast: Cast) -> list[StaffMember]:
    """Two tested in the range (one of them twice, one removed since), two not; one far away."""
    ensure_products()
    found = [add(cast, n, joined_on=date(2022, 6, 1)) for n in (1, 2, 3, 4)]
    found.append(add(cast, 5, to=cast.far.id, joined_on=date(2022, 6, 1)))
    sampled(found[0], at(16), at(17, 23))
    sampled(found[1], at(17))
    sampled(found[2], at(18))
    remove_staff([found[1].id], actor=cast.actor("command"), at=LATER)
    return found


def cells(body: str) -> Iterator[tuple[str, str, int]]:
    """Address, label and number of every figure of the tables of a page."""
    for label, address, number in re.findall(
        r'<td class="numeric[^"]*"\s+data-label="([^"]+)">\s*<a href="([^"]+)">([\d,]+)</a>', body
    ):
        yield address.replace("&amp;", "&"), label, int(number.replace(",", ""))


def listed(response: Any) -> int:
    """How many rows a list says it has."""
    shown = re.search(r'list-total">\s*([\d,]+) row', response.content.decode())
    assert shown is not None
    return int(shown[1].replace(",", ""))


def opened(client: Client, address: str) -> tuple[int, Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    return listed(answer), answer


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("who", "by"),
    [("command", "town"), ("bureau", "organization"), ("town", "department"), ("principal", "category")],
)
def test_each_number_opens_a_list_of_that_length(cast: Cast, who: str, by: str) -> None:
    client = browser(cast, who)
    asked = {"nat_statistics": RANGE, "vaccination_statistics": {"on": "2022-06-17"}}
    for table in TABLES:
        body = page(client, f"sentinel:{table}", by=by, with_empty="on", **asked[table]).content.decode()
        found = list(cells(body))
        assert len(found) >= 10
        for address, label, number in found:
            assert opened(client, address)[0] == number, (address, label)


def test_a_list_shows_who_left_since_masked_and_without_a_page(cast: Cast, people: list[StaffMember]) -> None:
    client = browser(cast, "command")
    rows, answer = opened(client, page_address("counted_staff", figure="tested", town="440115001"))
    body = answer.content.decode()
    assert rows == 2
    assert "2022-06-18" in body  # the day on which the second left
    assert str(people[0].id) in body
    assert str(people[1].id) not in body
    assert "甄**" in body
    assert "甄测试" not in body


def page_address(name: str, **query: str) -> str:
    kinds = {"counted_staff": "staff", "counted_samples": "samples", "counted_organizations": "organizations"}
    params = "&".join(f"{key}={value}" for key, value in (RANGE | query).items())
    return f"/sentinel/statistics/{kinds[name]}?{params}"


@pytest.mark.usefixtures("people")
def test_a_town_sees_its_own_and_asking_for_more_shows_nothing(cast: Cast) -> None:
    client = browser(cast, "town")
    for name, own in [("counted_staff", 4), ("counted_samples", 3), ("counted_organizations", 1)]:
        assert opened(client, page_address(name))[0] == own
        assert opened(client, page_address(name, town="440115100"))[0] == 0
        assert opened(client, page_address(name, organization=str(cast.far.organization_id)))[0] == 0


def test_a_principal_sees_own_staff_in_clear_and_it_is_recorded(
    cast: Cast, people: list[StaffMember]
) -> None:
    client = browser(cast, "principal")
    before = AuditEntry.objects.filter(action=OWN_STAFF_SEEN).count()
    _, answer = opened(client, page_address("counted_staff"))
    assert "甄测试" in answer.content.decode()
    entry = AuditEntry.objects.filter(action=OWN_STAFF_SEEN).latest("seq")
    assert AuditEntry.objects.filter(action=OWN_STAFF_SEEN).count() == before + 1
    assert set(entry.detail["people"]) == {str(one.person_id) for one in people[:4]}


@pytest.mark.usefixtures("people")
def test_an_outsider_and_an_auditor_open_nothing(cast: Cast) -> None:
    for who in ("outsider", "auditor"):
        client = browser(cast, who)
        for name in ("counted_staff", "counted_samples", "counted_organizations"):
            assert client.get(page_address(name)).status_code == 403


@pytest.mark.usefixtures("people")
def test_the_total_is_of_the_shown_instant_and_counts_groups_without_staff(cast: Cast) -> None:
    client = browser(cast, "command")
    shown = text(page(client, "sentinel:nat_statistics", by="town", **RANGE))
    assert "of one instant: 2022-06-18 12:00:00" in shown
    assert "南沙街道 1 4 2 2 3 50.00%" in shown
    assert "万顷沙镇 1 1 0 1 0 0.00%" in shown
    assert "Total 2 5 2 3 3 40.00%" in shown
    StaffMember.objects.filter(enrolment=cast.far).delete()
    mend()
    shown = text(page(client, "sentinel:nat_statistics", by="town", **RANGE))
    assert "1 group without staff 1 0 Total 2 4 2 2 3 50.00%" in shown


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("days", [1, 3, 7, 14])
def test_quick_choices_end_today(cast: Cast, days: int) -> None:
    body = page(browser(cast, "command"), "sentinel:nat_statistics", by="category").content.decode()
    first = date(2022, 6, 18) - timedelta(days=days - 1)
    assert f"first={first}&amp;last=2022-06-18&amp;by=category" in body


@pytest.mark.usefixtures("people")
def test_a_picture_says_the_same_as_its_table_in_words(cast: Cast) -> None:
    client = browser(cast, "command")
    body = page(client, "sentinel:nat_statistics", by="town", **RANGE).content.decode()
    assert re.findall(r'class="bar-done" width="([\d.]+)"', body) == ["50.00", "0.00"]
    assert re.findall(r'aria-label="(\w+): ([\d.]+)%', body) == [("南沙街道", "50.00"), ("万顷沙镇", "0.00")]


def test_where_nearly_all_were_tested_the_picture_shows_who_was_not_on_a_longer_scale(cast: Cast) -> None:
    for n in range(1, 21):
        member = add(cast, n, joined_on=date(2022, 6, 1))
        if n > 1:
            sampled(member, at(16))
    body = page(browser(cast, "command"), "sentinel:nat_statistics", by="town", **RANGE).content.decode()
    assert re.findall(r'class="bar-off" width="([\d.]+)"', body) == ["50.00"]
    assert "南沙街道: Not tested 5.00%. Open who was not tested" in body
    assert "Not tested, share of staff by" in body


@pytest.mark.usefixtures("people")
def test_a_bar_far_below_the_total_has_a_colour_and_a_sign(cast: Cast) -> None:
    body = page(browser(cast, "command"), "sentinel:nat_statistics", by="town", **RANGE).content.decode()
    assert body.count("is-off") == body.count("▼") == 1


# --- files ----------------------------------------------------------------------------------------------------------


def exported(kind: str, cast: Cast, who: str, **params: str) -> list[tuple[Any, ...]]:
    """What a kind of file gives this actor, as the engine takes it."""
    found, actor = registry.export_kind(kind), cast.actor(who)
    with override("zh-hans"):
        kept = found.check(RANGE | params, actor)
        rows = [tuple(row) for row in found.rows(kept, actor)]
        assert all(len(row) == len(found.headers(kept)) for row in rows)
        count = found.count(kept, actor)
    assert count in (None, len(rows))
    return rows


@pytest.mark.promise("T4")
@pytest.mark.usefixtures("people")
def test_the_files_hold_the_rows_of_the_lists_masked(cast: Cast) -> None:
    staff = exported("sentinel.counted_staff", cast, "command", figure="tested")
    assert {(row[3], row[5], row[9], row[-1]) for row in staff} == {
        ("甄**", "139****0001", 2, None),
        ("甄**", "139****0002", 1, date(2022, 6, 18)),
    }
    assert [row[3] for row in exported("sentinel.counted_samples", cast, "command")] == ["甄**"] * 3
    bodies = exported("sentinel.counted_organizations", cast, "command")
    assert [(row[0], row[3], row[5]) for row in bodies] == [("南沙街道", "甄**", 4), ("万顷沙镇", "甄**", 1)]


@pytest.mark.promise("V3")
@pytest.mark.usefixtures("people")
def test_files_in_clear_need_a_right_and_a_purpose(cast: Cast) -> None:
    clear = ("counted_staff_in_clear", "counted_samples_in_clear", "counted_organizations_in_clear")
    for name in clear:
        asked: dict[str, Any] = {"params": RANGE, "at": NOON}
        with pytest.raises(Refusal) as refused:
            services.request_export(f"sentinel.{name}", purpose="", actor=cast.actor("town"), **asked)
        assert refused.value.problem is exchange.PURPOSE_REQUIRED
        with pytest.raises(Refusal) as denied:
            services.request_export(
                f"sentinel.{name}", purpose="supervision", actor=cast.actor("principal"), **asked
            )
        assert denied.value.problem is FORBIDDEN
    staff = exported("sentinel.counted_staff_in_clear", cast, "town")
    assert ("甄测试", "搬运工", "13900000001", "居民身份证", id_number(1)) in [row[3:8] for row in staff]
    assert len(exported("sentinel.counted_own_staff", cast, "principal")) == 4
    assert exported("sentinel.counted_organizations_in_clear", cast, "town")[0][3] == "甄近安"


@pytest.mark.promise("T2")
@pytest.mark.usefixtures("people")
def test_files_hold_what_is_in_reach(cast: Cast) -> None:
    for kind, expected in [
        ("counted_staff", {"command": 5, "bureau": 5, "town": 4, "principal": 4}),
        ("counted_samples", {"command": 3, "bureau": 3, "town": 3, "principal": 3}),
        ("counted_organizations", {"command": 2, "bureau": 2, "town": 1, "principal": 1}),
    ]:
        found = {who: len(exported(f"sentinel.{kind}", cast, who)) for who in expected}
        assert found == expected
    assert exported("sentinel.counted_staff", cast, "town", town="440115100") == []


@pytest.mark.usefixtures("people")
def test_the_tables_go_out_with_their_totals(cast: Cast) -> None:
    assert exported("sentinel.nat_statistics", cast, "command", by="town") == [
        ("南沙街道", 1, 4, 2, 2, 3, "50.00"),
        ("万顷沙镇", 1, 1, 0, 1, 0, "0.00"),
        ("合计", 2, 5, 2, 3, 3, "40.00"),
    ]
    *_rows, total = exported("sentinel.vaccination_statistics", cast, "command", by="town")
    assert total == ("合计", 2, 5, 5, 0, "0.00", 0, 0, 0, *(0, 0, "0.00", 0, 0, 5) * 2)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"last": "yesterday"}, {"organization": "x"}, {"figure": "eligible_4"}, {"last": ""}),
        *({"town": "44\0"}, {"category": "a b"}, {"department": "'"}),
    ],
)
def test_what_no_page_offers_is_no_file(cast: Cast, wrong: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        registry.export_kind("sentinel.counted_staff").check(RANGE | wrong, cast.actor("command"))
    assert refused.value.problem is NOT_FOUND


def test_the_address_of_a_file_is_the_one_of_its_list(cast: Cast, people: list[StaffMember]) -> None:
    client = browser(cast, "command")
    address = page_address("counted_staff", figure="untested", town="440115001")
    rows, answer = opened(client, address)
    offered = re.findall(r'href="(/files/exports/new/[^"]+)"', answer.content.decode())
    kinds = [url.split("/")[4].split("?")[0] for url in offered]
    assert (
        kinds == ["sentinel.counted_staff", "sentinel.counted_staff_in_clear"] * 2
    )  # what is found, and all
    params = dict(pair.split("=") for pair in offered[0].split("?")[1].replace("&amp;", "&").split("&"))
    assert len(exported("sentinel.counted_staff", cast, "command", **params)) == rows == 2
    assert len(people) == 5


# --- ten towns ------------------------------------------------------------------------------------------------------

# staff; with a first dose on record; with a second dose alone; with both, of which the third is due
TEN_TOWNS = (
    (32, 1, 0, 0, "3.13", "0.00"),  # 3.125
    (32, 0, 2, 1, "9.38", "9.38"),  # 9.375
    (16, 1, 0, 1, "12.50", "6.25"),
    (3, 1, 0, 0, "33.33", "0.00"),
    (3, 1, 1, 0, "66.67", "33.33"),
    (7, 0, 0, 1, "14.29", "14.29"),
    (6, 1, 0, 0, "16.67", "0.00"),
    (1, 0, 1, 0, "100.00", "100.00"),
    (8, 0, 0, 3, "37.50", "37.50"),
    (11, 4, 1, 2, "63.64", "27.27"),
)


def test_ten_towns_from_imported_records(cast: Cast, tmp_path: Path) -> None:
    ensure_products()
    actor = cast.actor("command")
    records: list[tuple[str, ...]] = []
    number = 1
    for town, (staff, first, second_alone, both, *_rates) in enumerate(TEN_TOWNS):
        enrolment = _town(cast, town)
        doses = [(1,)] * first + [(2,)] * second_alone + [(1, 2)] * both
        for n in range(staff):
            add(cast, number, to=enrolment.id)
            for dose in doses[n] if n < len(doses) else ():
                given_on = {1: "2021-06-01", 2: "2021-07-01"}[dose]
                who = ("居民身份证", id_number(number), "甄测试")
                records.append(
                    (
                        "t",
                        f"{number}-{dose}",
                        *who,
                        "新冠病毒灭活疫苗(Vero细胞)",
                        f"第{dose}针",
                        given_on,
                        "示例医院",
                    )
                )
            number += 1
    path = tmp_path / "doses.csv"
    header = ("来源", "记录编号", "证件类型", "证件号码", "姓名", "疫苗名称", "针次", "接种日期", "接种单位")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *records])
    task = confirm(send(path, "health.vaccinations", {}, actor=actor, at=LATER), actor=actor, at=LATER)
    assert (task.new, task.rejected) == (len(records), 0)
    _compare(exported("sentinel.vaccination_statistics", cast, "command", by="town"))


def _compare(rows: list[tuple[Any, ...]]) -> None:
    """Name, organisations, staff; a dose: eligible, done, rate, by a later dose, not due, does not apply."""
    *towns, total = rows
    for row, (staff, first, alone, both, first_rate, second_rate) in zip(towns, TEN_TOWNS, strict=True):
        done, done_twice = first + alone + both, alone + both
        assert row[1:3] == (1, staff)
        assert row[3:9] == (staff - done, done, first_rate, alone, 0, 0)
        assert row[9:15] == (first, done_twice, second_rate, 0, 0, staff - done)
        assert row[15:21] == (done_twice, 0, "0.00", 0, 0, staff - done_twice)
    staff, done, twice = 119, 22, 13
    assert total[1:3] == (10, staff)
    assert total[3:9] == (staff - done, done, "18.49", 5, 0, 0)
    assert total[9:15] == (9, twice, "10.92", 0, 0, staff - done)
    assert total[15:21] == (twice, 0, "0.00", 0, 0, staff - twice)
    for row in rows:
        for dose in (3, 9, 15):
            eligible, given, _rate, by_later, not_due, none = row[dose : dose + 6]
            assert eligible + given + not_due + none == row[2]
            assert by_later <= given


def _town(cast: Cast, number: int) -> Enrolment:
    """The organisation of a town of its own."""
    code = f"4401152{number:02}"
    Region(code=code, name=f"示例镇{number}", level="town", parent_id="440115").save(force_insert=True)
    organization = Organization(
        name=f"示例冷库{number}",
        region_id=code,
        principal_name_hash=b"",
        principal_phone_hash=b"",
        content_hash=b"",
        sealed=b"",
        created_at=NOON,
        updated_at=NOON,
    )
    organization.save(force_insert=True)
    enrolment = Enrolment(
        category=cast.cold_chain, organization=organization, created_at=NOON, updated_at=NOON
    )
    enrolment.save(force_insert=True)
    return enrolment


# --- the principal's page -------------------------------------------------------------------------------------------


def test_a_principal_reads_why_somebody_is_unmatched(cast: Cast) -> None:
    never = add(cast, 1, name="甄无录")
    other = add(cast, 2, name="甄证件", document_type=DocumentType.OTHER, document_number=id_number(2))
    sampled(add(cast, 3, name="甄已检"), LATER - timedelta(hours=2))
    _records_under_the_resident_id(cast, 2)
    client = browser(cast, "principal")
    body = page(client, "sentinel:today").content.decode()
    section = body.split("Unmatched 2")[1].split("</section>")[0]
    assert "Likely cause: no test was recorded." in section
    assert "Likely cause: records stand under another document type." in section
    assert "Correct the document type." in section
    for one in (never, other):
        assert f"/staff/{one.id}" in section
    shown = page(client, "sentinel:staff", recency="unmatched").content.decode()
    assert shown.count("no test was recorded") == 1
    assert shown.count("records stand under another document type") == 1
    assert "Likely cause" not in page(client, "sentinel:staff", recency="n24").content.decode()


def _records_under_the_resident_id(cast: Cast, number: int) -> None:
    """Samples of the person whom the same number names as a resident ID."""
    person: UUID = add(cast, number, to=cast.far.id).person_id
    TestRecord(
        source="t",
        record_id="other",
        person_id=person,
        sampled_at=LATER - timedelta(days=1),
        received_at=LATER,
    ).save(force_insert=True)
    LatestSamples(person_id=person, sampled_at=[LATER - timedelta(days=1)]).save(force_insert=True)
