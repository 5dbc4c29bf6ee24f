"""One sample counts once, whoever reports it and however often."""

from datetime import date

from outpost.core.actor import Actor
from outpost.health.models import LatestSamples, TestRecord
from outpost.health.tests.records import document
from outpost.sentinel.queries.statistics.ledger import Grouping
from outpost.sentinel.queries.statistics.nat import nat_statistics
from tests.tables.cases import Case, Step, a_member, a_test


def counted() -> tuple[int, list[int]]:
    """How many records are kept, and how many latest samples of each person."""
    kept = LatestSamples.objects.values_list("sampled_at", flat=True)
    return TestRecord.objects.count(), [len(times) for times in kept]


def samples() -> list[int]:
    """The samples that the statistic of the day counts."""
    rows = nat_statistics(date(2022, 6, 1), date(2022, 6, 2), by=Grouping.TOWN, actor=Actor.system("test"))
    return [row["samples"] for row in rows if row["samples"]]


CASES = (
    Case(
        "two feeds of one minute",
        [
            Step(
                "tests",
                [a_test(source="lab-a"), a_test(source="lab-b", sampled_at="2022-06-01 08:30:40")],
                (2, 0, 0, 0),
            ),
            Step("tests", [a_test(source="lab-c", sampled_at="2022-06-01 08:30:10")], (1, 0, 0, 0)),
        ],
        counted,
        (3, [1]),
    ),
    Case(
        "two feeds of one tube",
        [
            Step("tests", [a_test(source="lab-a", tube="T100")], (1, 0, 0, 0)),
            Step("tests", [a_test(source="lab-b", tube="T100", sampled_at="2022-06-01 08:41")], (1, 0, 0, 0)),
            Step("tests", [a_test(source="lab-c", tube="T100", sampled_at="2022-06-02 08:41")], (1, 0, 0, 0)),
        ],
        counted,
        (3, [2]),
    ),
    Case(
        "once in the statistics",
        [
            Step("staff", [a_member()], (1, 0, 0, 0)),
            Step("tests", [a_test(source="lab-a"), a_test(source="lab-b")], (2, 0, 0, 0), is_file=True),
            Step("tests", [a_test(record_id="2", document_number=document(2))], (1, 0, 0, 0), is_file=True),
        ],
        samples,
        [1],
    ),
    Case(
        "the name of a source has no width and no case",
        [
            Step("tests", [a_test(source="Lab")], (1, 0, 0, 0)),
            Step("tests", [a_test(source=" ＬＡＢ　", record_id=" １")], (0, 0, 1, 0)),
        ],
        counted,
        (1, [1]),
    ),
)
