"""What holds of any tables, in any order, cut up in any way, by whichever door they come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from outpost.core.clock import zone
from outpost.health.models import LatestSamples, TestRecord, Vaccination
from outpost.health.tests.records import document, person
from outpost.regions.models import Organization
from outpost.sentinel.models import StaffMember
from tests.tables.cases import Row, a_dose, a_member, a_test, csv_of, without
from tests.tables.cases_samples import samples
from tests.tables.doors import DOORS, LANGUAGES, Doors, Said

KEYS = ("a", "b")
RESULTS = ("negative", "positive", "inconclusive")
TEXTS = ("laboratory", "sampling_point", "tube")
HOURS = st.integers(0, 9).map(lambda hour: f"2022-06-02 0{hour}:00")
# Few, and not shrunk: under "page" a file goes the whole way from upload to confirmation, some tenths of a second.
some = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@contextmanager
def forgotten() -> Iterator[None]:
    """What is brought inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def bring(doors: Doors, kind: str, rows: Sequence[Row], by: tuple[str, str]) -> Said:
    """Rows with the same columns through a door, in a language."""
    door, language = by
    rows = [{name: row[name] for name in rows[0]} for row in rows]
    said = doors.through(door, kind, csv_of(kind, rows, language), rows, language)
    assert not said.refused, said
    assert sum(said.counts) == len(rows)
    assert kind in ("tests", "vaccinations") or not said.counts[3], said.words
    return said


ways = st.tuples(st.sampled_from(DOORS), st.sampled_from(LANGUAGES))
files = st.tuples(st.sampled_from(DOORS[:2]), st.sampled_from(LANGUAGES))
"""A door and a language; the ledgers have no call."""


# --- R12: what is not stated stays ------------------------------------------------------------------------------

CELLS: Mapping[str, st.SearchStrategy[str]] = {
    "result": st.sampled_from(("", "pending", *RESULTS)),
    "result_at": st.just("") | HOURS,
    **{text: st.sampled_from(("", "甲", "乙")) for text in TEXTS},
    "status": st.sampled_from(("", "active", "withdrawn")),
}


@st.composite
def partial(draw: st.DrawFn) -> list[Row]:
    """Rows of some columns, with keys again and again."""
    columns = draw(st.sets(st.sampled_from(sorted(CELLS)), max_size=4))
    cells = st.fixed_dictionaries({name: CELLS[name] for name in sorted(columns)})
    rows = draw(st.lists(st.tuples(st.sampled_from(KEYS), cells), min_size=1, max_size=4))
    return [a_record(key, **stated) for key, stated in rows]


def a_record(key: str, **stated: str) -> Row:
    """A test record of the person to whom the key belongs."""
    row = a_test(record_id=key, document_number=document(KEYS.index(key)))
    return without(row, "result") | stated


def records() -> dict[str, Any]:
    """What stands, by key."""
    return {row["record_id"]: row for row in TestRecord.objects.values()}


@pytest.mark.promise("R12")
@some
@given(batches=st.lists(st.tuples(ways, partial()), min_size=2, max_size=4))
def test_what_is_not_stated_of_a_test_stays(doors: Doors, batches: list[Any]) -> None:
    with forgotten():
        for by, rows in batches:
            before = records()
            bring(doors, "tests", rows, by)
            after = records()
            for key, was in before.items():
                unstated = {"result", "result_at", *TEXTS} - set(rows[0])
                assert {name: after[key][name] for name in unstated} == {name: was[name] for name in unstated}
                assert "status" in rows[0] or after[key]["is_withdrawn"] == was["is_withdrawn"]
                assert was["result"] == "pending" or after[key]["result"] != "pending"
                assert not was["result_at"] or after[key]["result_at"] >= was["result_at"]


@st.composite
def history(draw: st.DrawFn) -> list[list[Row]]:
    """The states of records, each with an hour of its own, in any order and cut up into inputs."""
    rows: list[Row] = []
    for key in KEYS:
        for hour in draw(st.lists(HOURS, min_size=1, max_size=4, unique=True)):
            cells = {"result": draw(st.sampled_from(RESULTS)), "laboratory": draw(CELLS["laboratory"])}
            rows.append(a_record(key, result_at=hour, **cells))
    return cut(draw, draw(st.permutations(rows)))


def cut(draw: st.DrawFn, rows: Sequence[Row]) -> list[list[Row]]:
    """Up to three inputs of the rows."""
    ends = sorted(draw(st.lists(st.integers(1, len(rows)), max_size=2)))
    return [
        list(rows[start:end])
        for start, end in zip([0, *ends], [*ends, len(rows)], strict=True)
        if start < end
    ]


@pytest.mark.promise("R12")
@some
@given(inputs=history(), by=st.lists(ways, min_size=3, max_size=3))
def test_the_latest_state_stands_whatever_the_order(
    doors: Doors, inputs: list[list[Row]], by: list[Any]
) -> None:
    with forgotten():
        for rows, way in zip(inputs, by, strict=False):
            bring(doors, "tests", rows, way)
        for key, stands in records().items():
            last = max(
                (row for rows in inputs for row in rows if row["record_id"] == key),
                key=lambda r: r["result_at"],
            )
            assert {name: stands[name] for name in ("result", "laboratory")} == {
                name: last[name] for name in ("result", "laboratory")
            }


@st.composite
def of_a_ledger(
    draw: st.DrawFn, cells: Mapping[str, st.SearchStrategy[str]], who: int
) -> list[Mapping[str, Any]]:
    """Rows of some columns about so many of a ledger: who, and what is stated."""
    columns = sorted(draw(st.sets(st.sampled_from(sorted(cells)))))
    stated = st.fixed_dictionaries({name: cells[name] for name in columns})
    rows = draw(st.lists(st.tuples(st.integers(0, who - 1), stated), min_size=1, max_size=4))
    return [{"who": one, **said} for one, said in rows]


def told(known: dict[int, dict[str, str]], rows: Iterable[Mapping[str, Any]]) -> None:
    """The oracle: the last row wins, and what it does not state stays."""
    for who, stated in {row["who"]: row for row in rows}.items():
        known.setdefault(who, {}).update(without(stated, "who"))


STAFF_CELLS = {
    "job_type": st.sampled_from(("", "司机", "搬运工")),
    "joined_on": st.sampled_from(("2022-05-01", "2022-05-02")),
}


@pytest.mark.promise("R12")
@some
@given(batches=st.lists(st.tuples(files, of_a_ledger(STAFF_CELLS, 2)), min_size=2, max_size=3))
def test_what_is_not_stated_of_staff_stays(doors: Doors, batches: list[Any]) -> None:
    known: dict[int, dict[str, str]] = {}
    with forgotten():
        for by, rows in batches:
            told(known, rows)
            plain = without(a_member(), *STAFF_CELLS)
            stated = [
                {**plain, **without(row, "who"), "document_number": document(row["who"])} for row in rows
            ]
            bring(doors, "staff", stated, by)
            stands = {
                row.person_id: {"job_type": row.job_type, "joined_on": row.joined_on.isoformat()}
                for row in StaffMember.objects.current()
            }
            for who, cells in known.items():
                assert cells.items() <= stands[person(who)].items()


CODES = ("91110000600037341L", "")
FIRM_CELLS = {"social_credit_code": st.sampled_from(CODES)}


@pytest.mark.promise("R12")
@some
@given(batches=st.lists(st.tuples(files, of_a_ledger(FIRM_CELLS, 1)), min_size=2, max_size=4))
def test_what_is_not_stated_of_an_organisation_stays(doors: Doors, batches: list[Any]) -> None:
    known: dict[int, dict[str, str]] = {}
    firm = {
        "name": "新岸冷库",
        "town": "南沙街道",
        "principal_name": "林远",
        "principal_phone": "13700137000",
        "address": "海滨路1号",
    }
    with forgotten():
        for by, rows in batches:
            told(known, rows)
            bring(
                doors,
                "organizations",
                [{**firm, **{k: v for k, v in row.items() if k != "who"}} for row in rows],
                by,
            )
            found = Organization.objects.get(name="新岸冷库")
            assert (found.social_credit_code or "") == known[0].get("social_credit_code", "")


# --- R13: a key keeps its person --------------------------------------------------------------------------------


@st.composite
def claims(draw: st.DrawFn) -> list[tuple[str, int, int, bool]]:
    """Key, person, day and whether it is a stated correction, of each row of an input."""
    one = st.tuples(
        st.sampled_from(KEYS), st.integers(0, 2), st.integers(1, 2), st.sampled_from((False, False, True))
    )
    return draw(st.lists(one, min_size=1, max_size=4))


def judged(
    known: dict[str, tuple[int, int]], rows: Sequence[tuple[str, int, int, bool]], *, days: bool
) -> int:
    """The oracle: how many rows are rejected; `known` is what then stands. `days`: a day is as fast as the person."""
    rejected = 0
    for key in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == key]
        plain = [row for row in mine if not row[3]]
        said = {row[1:3] if days else row[1:2] for row in plain}
        if len(said) > 1:
            rejected += len(plain)
            mine = [row for row in mine if row[3]]
        if not mine:
            continue
        last = ([row for row in mine if row[3]] or mine)[-1]
        stands = known.get(key)
        if stands and not last[3] and (stands[0] != last[1] or (days and stands[1] != last[2])):
            rejected += len(mine)
            continue
        known[key] = last[1:3]
    return rejected


@pytest.mark.promise("R13")
@pytest.mark.parametrize("kind", ["tests", "vaccinations"])
@some
@given(batches=st.lists(st.tuples(ways, claims()), min_size=2, max_size=4))
def test_a_key_changes_its_person_only_by_a_stated_correction(
    doors: Doors, kind: str, batches: list[Any]
) -> None:
    known: dict[str, tuple[int, int]] = {}
    of_tests = kind == "tests"
    with forgotten():
        for by, rows in batches:
            rejected = judged(known, rows, days=of_tests)
            said = bring(doors, kind, [claimed(kind, *row) for row in rows], by)
            assert said.counts[3] == rejected
            table = TestRecord if of_tests else Vaccination
            stands = {row.record_id: (row.person_id, day_of(row)) for row in table.objects.all()}
            assert stands == {key: (person(who), day) for key, (who, day) in known.items()}


def claimed(kind: str, key: str, who: int, day: int, is_corrected: bool) -> Row:
    shared = {
        "record_id": key,
        "document_number": document(who),
        "status": "corrected" if is_corrected else "",
    }
    if kind == "tests":
        return a_test(**shared, sampled_at=f"2022-06-0{day} 08:30")
    return a_dose(**shared, given_on=f"2022-06-0{day}")


def day_of(row: TestRecord | Vaccination) -> int:
    return row.sampled_at.astimezone(zone()).day if isinstance(row, TestRecord) else row.given_on.day


@pytest.mark.promise("R13")
@some
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(("林小满", "陈大安"))), min_size=1, max_size=5
    ),
    by=files,
)
def test_a_dropped_row_of_a_ledger_is_told_where_its_name_differs(
    doors: Doors, rows: list[Any], by: Any
) -> None:
    last = dict(rows)
    dropped = sum(name != last[who] for who, name in rows)
    with forgotten():
        said = bring(
            doors, "staff", [a_member(document_number=document(who), name=name) for who, name in rows], by
        )
        assert sum(said.warnings.values()) == dropped


# --- R14: one sample counts once --------------------------------------------------------------------------------


EIGHT = datetime(2022, 6, 1, 8, tzinfo=zone())


@st.composite
def reports(draw: st.DrawFn) -> tuple[set[tuple[int, int]], list[list[Row]]]:
    """The samples that were truly taken (person, minute), and what several feeds report of them."""
    taken = draw(
        st.sets(st.tuples(st.integers(0, 1), st.sampled_from(range(0, 60, 10))), min_size=1, max_size=4)
    )
    rows: list[Row] = []
    for who, minute in sorted(taken):
        for feed in range(draw(st.integers(1, 3))):
            at = EIGHT + timedelta(minutes=minute, seconds=draw(st.integers(0, 59)))
            late = timedelta(minutes=draw(st.sampled_from((0, 0, 3)) if feed else st.just(0)))
            tube = f"T{who}{minute}" if late or not feed else draw(st.sampled_from(("", f"T{who}{minute}")))
            rows.append(
                a_test(
                    source=f"lab-{feed}",
                    record_id=f"{who}-{minute}",
                    document_number=document(who),
                    sampled_at=f"{at + late:%Y-%m-%d %H:%M:%S}",
                    tube=tube,
                )
            )
    return taken, cut(draw, draw(st.permutations(rows)))


@pytest.mark.promise("R14")
@some
@given(told_of=reports(), by=st.lists(ways, min_size=3, max_size=3))
def test_a_sample_counts_once_however_it_is_reported(doors: Doors, told_of: Any, by: list[Any]) -> None:
    taken, inputs = told_of
    with forgotten():
        bring(doors, "staff", [a_member(document_number=document(who)) for who in (0, 1)], ("command", "en"))
        for rows, way in zip(inputs, by, strict=False):
            bring(doors, "tests", rows, way)
        assert TestRecord.objects.count() == sum(map(len, inputs))
        assert samples() == [len(taken)]
        latest: dict[UUID, list[Any]] = dict(LatestSamples.objects.values_list("person_id", "sampled_at"))
        assert {who: len(times) for who, times in latest.items()} == {
            person(who): sum(one == who for one, _minute in taken) for who in {who for who, _minute in taken}
        }
