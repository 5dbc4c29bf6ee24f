"""Values: days that are days, names, documents, doses."""

from typing import Any

from django.utils.timezone import localtime

from outpost.core.whole_days import is_whole_day
from outpost.health.models import TestRecord, Vaccination
from outpost.health.tests.records import document
from outpost.people.rules import check_character
from outpost.sentinel.models import StaffMember
from tests.tables.cases import SHEETS, Case, Step, a_dose, a_member, a_test

LOST = ("王?", "王？明", "王&#17326;", "null", "NULL", "锟斤拷", "王\ue123", "王\ufffd明", "王□")
CHILD = "11010120200505001" + check_character("11010120200505001")
PERMITS = ("HA1234567", "MA7654321", "H12345678", "M1234567801")


def when() -> list[Any]:
    """The local day of each sample, and its hour where that is known."""
    rows = TestRecord.objects.order_by("record_id").values_list("sampled_at", flat=True)
    return [(f"{localtime(at):%m-%d}", None if is_whole_day(at) else localtime(at).hour) for at in rows]


def staff() -> int:
    return StaffMember.objects.current().count()


def doses() -> list[Any]:
    return list(Vaccination.objects.order_by("record_id").values_list("dose", "product_id"))


def example(kind: str) -> Step:
    """What our own template shows for an example."""
    row = {column.name: column.example for column in SHEETS[kind].columns if column.example}
    return Step(kind, [row], (1, 0, 0, 0), is_file=True)


CASES = (
    Case(
        "the examples of our templates",
        [example(kind) for kind in ("organizations", "staff", "tests", "vaccinations")],
    ),
    Case(
        "a day alone compares as a day",
        [
            Step(
                "tests",
                [a_test(result_at="2022-06-01"), a_test(record_id="2", result_at="2022-05-31")],
                (1, 0, 0, 1),
            ),
            Step(
                "tests",
                [a_test(record_id="3", sampled_at="2022-06-02", result_at="2022-06-02 09:00")],
                (1, 0, 0, 0),
            ),
            Step("tests", [a_test(record_id="4", sampled_at="2022-06-08")], (1, 0, 0, 0)),
        ],
        when,
        [("06-01", 8), ("06-02", None), ("06-08", None)],
    ),
    Case(
        "a result known by its day is no older than another of that day",
        [
            Step("tests", [a_test(result_at="2022-06-01")], (1, 0, 0, 0)),
            Step("tests", [a_test(result="positive", result_at="2022-06-01 20:00")], (0, 1, 0, 0)),
        ],
        lambda: list(TestRecord.objects.values_list("result", flat=True)),
        ["positive"],
    ),
    Case(
        "a name never rejects a test, and is told where it differs",
        [
            Step("staff", [a_member()], (1, 0, 0, 0), is_file=True),
            Step(
                "tests",
                [a_test(name="张□"), a_test(record_id="2", name="林小满")],
                (2, 0, 0, 0),
                warns={"health.other_name": 1},
            ),
            Step("tests", [a_test(record_id="3", name="12345", document_number=document(3))], (1, 0, 0, 0)),
            Step("vaccinations", [a_dose(name="陈阿大")], (1, 0, 0, 0), warns={"health.other_name": 1}),
        ],
        TestRecord.objects.count,
        3,
    ),
    Case(
        "characters that were lost",
        [
            Step(
                "staff",
                [a_member(name=name, document_number=document(n)) for n, name in enumerate(LOST)],
                (0, 0, 0, len(LOST)),
                tells=["people.name_lost"],
            ),
            Step("staff", [a_member(address="海滨路锟斤拷9号")], (0, 0, 0, 1), tells=["people.name_lost"]),
            Step("staff", [a_member(name="𬱖小满")], (1, 0, 0, 0)),
        ],
        staff,
        1,
    ),
    Case(
        "zones",
        [
            Step(
                "tests",
                [
                    a_test(sampled_at="2022-06-01T08:30:00+08:60"),
                    a_test(record_id="2", sampled_at="2022-06-01 00:30:00+00"),
                ],
                (1, 0, 0, 1),
                tells=["sheets.not_a_time"],
            ),
            Step("tests", [a_test(record_id="3", sampled_at="2022-06-01 09:30:00+08")], (1, 0, 0, 0)),
        ],
        when,
        [("06-01", 8), ("06-01", 9)],
    ),
    Case(
        "permits, old and new, and the type that must be said",
        [
            Step(
                "staff",
                [
                    a_member(document_number=number, document_type="港澳居民来往内地通行证")
                    for number in PERMITS
                ],
                (len(PERMITS), 0, 0, 0),
            ),
            Step(
                "staff",
                [a_member(document_number="HA1234567")],
                (0, 0, 0, 1),
                tells=["people.document_type_missing"],
            ),
            Step(
                "staff",
                [a_member(document_number="E12345678")],
                (0, 0, 0, 1),
                tells=["people.document_type_missing"],
            ),
            Step("staff", [a_member(document_type="临时居民身份证")], (1, 0, 0, 0)),
        ],
        staff,
        len(PERMITS) + 1,
    ),
    Case(
        "doses and the names of vaccines",
        [
            Step(
                "vaccinations", [a_dose(dose="1.0", product="新型冠状病毒灭活疫苗（Vero细胞）")], (1, 0, 0, 0)
            ),
            Step(
                "vaccinations",
                [a_dose(record_id="2", document_number=CHILD)],
                (1, 0, 0, 0),
            ),
            Step(
                "vaccinations",
                [a_dose(record_id="3", document_number=CHILD, given_on="2020-05-04")],
                (0, 0, 0, 1),
                tells=["health.given_before_birth"],
            ),
        ],
        doses,
        [(1, "inactivated-vero")] * 2,
    ),
    Case(
        "a firm has no case",
        [
            Step(
                "organizations",
                [
                    {
                        "name": "ABC冷链公司",
                        "town": "南沙街道",
                        "principal_name": "林远",
                        "principal_phone": "13700137000",
                        "address": "海滨路1号",
                    }
                ],
                (1, 0, 0, 0),
            ),
            Step("staff", [a_member(organization="abc冷链公司")], (1, 0, 0, 0)),
        ],
        staff,
        1,
    ),
)
