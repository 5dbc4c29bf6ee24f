"""What is not stated stays; a key keeps its person; the later result wins."""

from typing import Any

from outpost.health.models import TestRecord, Vaccination
from outpost.health.tests.records import document, person
from outpost.sentinel.models import StaffMember
from tests.tables.cases import Case, Step, a_dose, a_member, a_test, without

TIMED = {"result_at": "2022-06-01 20:00"}


def results() -> list[str]:
    return list(TestRecord.objects.order_by("source", "record_id").values_list("result", flat=True))


def texts() -> list[tuple[str, str, str]]:
    return list(TestRecord.objects.values_list("result", "laboratory", "tube"))


def people() -> list[Any]:
    return list(TestRecord.objects.order_by("record_id").values_list("person_id", flat=True))


def vaccinated() -> list[Any]:
    return list(Vaccination.objects.values_list("person_id", "site"))


def staff() -> list[tuple[str, str]]:
    rows = StaffMember.objects.current().values_list("job_type", "joined_on")
    return [(job, joined.isoformat()) for job, joined in rows]


CASES = (
    Case(
        "a file without the column leaves a result",
        [
            Step("tests", [a_test(result="positive")], (1, 0, 0, 0)),
            Step("tests", [without(a_test(), "result")], (0, 0, 1, 0)),
        ],
        results,
        ["positive"],
    ),
    Case(
        "what a row leaves out stays, a blank cell empties",
        [
            Step("tests", [a_test(laboratory="海滨医院", tube="T1")], (1, 0, 0, 0)),
            Step("tests", [a_test(result="positive")], (0, 1, 0, 0)),
            Step("tests", [a_test(result="positive", laboratory="")], (0, 1, 0, 0)),
        ],
        texts,
        [("positive", "", "T1")],
    ),
    Case(
        "a blank, or pending, takes no result back",
        [
            Step("tests", [a_test(result="negative")], (1, 0, 0, 0)),
            Step("tests", [a_test(result="")], (0, 0, 1, 0), warns={"health.result_stays": 1}),
            Step("tests", [a_test(result="pending")], (0, 0, 1, 0), warns={"health.result_stays": 1}),
        ],
        results,
        ["negative"],
    ),
    Case(
        "unless it is a stated correction",
        [
            Step("tests", [a_test(**TIMED)], (1, 0, 0, 0)),
            Step("tests", [a_test(result="pending", status="corrected")], (0, 1, 0, 0)),
        ],
        lambda: list(TestRecord.objects.values_list("result", "result_at")),
        [("pending", None)],
    ),
    Case(
        "the time of a result that is still pending stays, too",
        [
            Step("tests", [a_test(result="pending", **TIMED)], (1, 0, 0, 0)),
            Step("tests", [without(a_test(), "result")], (0, 0, 1, 0)),
        ],
        lambda: [at is not None for at in TestRecord.objects.values_list("result_at", flat=True)],
        [True],
    ),
    Case(
        "within one input, too",
        [Step("tests", [a_test(**TIMED), a_test(result="pending", result_at="")], (1, 1, 0, 0))],
        lambda: [
            (result, at is not None) for result, at in TestRecord.objects.values_list("result", "result_at")
        ],
        [("negative", True)],
    ),
    Case(
        "the place of a dose stays",
        [
            Step("vaccinations", [a_dose(site="海滨门诊")], (1, 0, 0, 0)),
            Step("vaccinations", [a_dose()], (0, 0, 1, 0)),
        ],
        vaccinated,
        [(person(1), "海滨门诊")],
    ),
    Case(
        "a ledger keeps what the file has no column for",
        [
            Step("staff", [a_member()], (1, 0, 0, 0)),
            Step("staff", [without(a_member(), "job_type", "joined_on")], (0, 0, 1, 0)),
            Step("staff", [without(a_member(address="海滨路10号"), "job_type", "joined_on")], (0, 1, 0, 0)),
        ],
        staff,
        [("司机", "2022-05-01")],
    ),
    Case(
        "a blank cell of a ledger empties",
        [
            Step("staff", [a_member()], (1, 0, 0, 0)),
            Step("staff", [a_member(job_type=" ")], (0, 1, 0, 0)),
        ],
        staff,
        [("", "2022-05-01")],
    ),
    Case(
        "one id for two people in one input is neither's",
        [
            Step(
                "tests",
                [
                    a_test(),
                    a_test(document_number=document(2)),
                    a_test(record_id="2", document_number=document(2)),
                ],
                (1, 0, 0, 2),
                tells=["health.other_person"],
            )
        ],
        people,
        [person(2)],
    ),
    Case(
        "an id of a dose for two people, too",
        [
            Step(
                "vaccinations",
                [a_dose(), a_dose(document_number=document(2))],
                (0, 0, 0, 2),
                tells=["health.other_person"],
            )
        ],
        vaccinated,
        [],
    ),
    Case(
        "an id that begins anew each day",
        [
            Step("tests", [a_test()], (1, 0, 0, 0)),
            Step(
                "tests",
                [a_test(document_number=document(2), sampled_at="2022-06-02 08:30")],
                (0, 0, 0, 1),
                tells=["health.other_person"],
            ),
            Step("tests", [a_test(sampled_at="2022-06-02 08:30")], (0, 0, 0, 1), tells=["health.other_day"]),
            Step("tests", [a_test(sampled_at="2022-06-01 09:30")], (0, 1, 0, 0)),
        ],
        people,
        [person(1)],
    ),
    Case(
        "a stated correction names another person",
        [
            Step("tests", [a_test()], (1, 0, 0, 0)),
            Step(
                "tests",
                [a_test(document_number=document(2), sampled_at="2022-06-02 08:30", status="corrected")],
                (0, 1, 0, 0),
            ),
        ],
        people,
        [person(2)],
    ),
    Case(
        "a dropped row of a ledger is told when its name differs",
        [
            Step(
                "staff",
                [a_member(name="林大满"), a_member(name="林小满"), a_member(document_number=document(2))],
                (2, 1, 0, 0),
                warns={"sentinel.dropped_other_name": 1},
            )
        ],
        lambda: StaffMember.objects.current().count(),
        2,
    ),
    Case(
        "an older result never overwrites a newer one",
        [
            Step("tests", [a_test(**TIMED)], (1, 0, 0, 0)),
            Step("tests", [a_test(result="positive", result_at="2022-06-02 09:00")], (0, 1, 0, 0)),
            Step("tests", [a_test(**TIMED)], (0, 0, 1, 0), warns={"health.older_result": 1}),
        ],
        results,
        ["positive"],
    ),
    Case(
        "nor within one input",
        [
            Step(
                "tests",
                [a_test(result="positive", result_at="2022-06-02 09:00"), a_test(**TIMED)],
                (1, 1, 0, 0),
            )
        ],
        results,
        ["positive"],
    ),
    Case(
        "a withdrawn record stays withdrawn until somebody says otherwise",
        [
            Step("tests", [a_test(status="withdrawn")], (1, 0, 0, 0)),
            Step("tests", [a_test()], (0, 0, 1, 0), warns={"health.stays_withdrawn": 1}),
            Step("tests", [a_test(status="active")], (0, 1, 0, 0)),
        ],
        lambda: list(TestRecord.objects.values_list("is_withdrawn", flat=True)),
        [False],
    ),
)
