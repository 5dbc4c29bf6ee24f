"""Merging staged rows: what is written, what is kept, what is counted, and taking it all back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core.db import copy_rows
from outpost.exchange.merge import merge, temporary_staging, undo
from outpost.exchange.planning import MergeCounts
from outpost.exchange.target import Target

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TARGET = Target(
    table="ledger",
    key=("place", "number"),
    columns=("place", "number", "value"),
    replaced=("value",),
    compared=("value",),
    stamps_new=("created_at", "updated_at"),
    stamps_replaced=("updated_at",),
    current="t.removed_at IS NULL",
    generated={"id": "gen_random_uuid()"},
    removed_stamp="removed_at",
)
STAGING = {"place": "text", "number": "text", "value": "jsonb"}

Row = tuple[str, str, str]


@pytest.fixture
def ledger(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE ledger (id uuid PRIMARY KEY, place text, number text, value jsonb,"
            " created_at timestamptz, updated_at timestamptz, removed_at timestamptz, import_id uuid)"
        )
        cursor.execute("CREATE UNIQUE INDEX ON ledger (place, number) WHERE removed_at IS NULL")


def stage(rows: list[Row]) -> str:
    staging = temporary_staging(STAGING)
    copy_rows(staging, ("row_no", *STAGING), ((no, *row) for no, row in enumerate(rows, start=1)))
    return staging


def apply(rows: list[Row], import_id: Any = None, at: datetime = AT) -> MergeCounts:
    return merge(TARGET, stage(rows), at=at, cause=str(import_id), import_id=import_id)


def rows_of(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def living() -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = rows_of(
        "SELECT place, number, value::text, id, created_at, updated_at, import_id FROM ledger"
        " WHERE removed_at IS NULL"
    )
    return {(place, number): tuple(rest) for place, number, *rest in rows}


def test_new_replaced_unchanged_and_duplicates_are_told_apart(ledger: None) -> None:
    assert apply([("a", "1", '"x"'), ("a", "2", '"x"')]) == MergeCounts(new=2)
    second = apply([("a", "1", '"x"'), ("a", "2", '"old"'), ("a", "2", '"y"'), ("b", "1", '"x"')], at=LATER)
    assert second == MergeCounts(new=1, replaced=2, unchanged=1, duplicates=1)
    assert {key: row[0] for key, row in living().items()} == {
        ("a", "1"): '"x"',
        ("a", "2"): '"y"',
        ("b", "1"): '"x"',
    }
    assert living()["a", "2"][2:4] == (AT, LATER)
    assert living()["a", "1"][2:4] == (AT, AT)


def test_the_replaced_version_is_kept(ledger: None) -> None:
    apply([("a", "1", '"x"')])
    import_id = uuid4()
    apply([("a", "1", '"y"')], import_id, LATER)
    assert rows_of("SELECT row_key, row ->> 'value', cause FROM audit_rowversion") == [
        ("a/1", "x", str(import_id))
    ]


def test_hooks_see_the_rows_that_count(ledger: None) -> None:
    apply([("a", "1", '"x"'), ("a", "2", '"x"')])
    seen: list[list[tuple[Any, ...]]] = []

    def look(rows: str) -> None:
        seen.append(rows_of(f"SELECT row_no, number, outcome FROM {rows} ORDER BY row_no"))

    staged = stage([("a", "1", '"x"'), ("a", "2", '"y"'), ("a", "3", '"lost"'), ("a", "3", '"z"')])
    merge(TARGET, staged, at=AT, cause="c", import_id=None, before=look, after=look)
    assert seen[0] == seen[1] == [(1, "1", "unchanged"), (2, "2", "replaced"), (4, "3", "new")]


def test_a_removed_row_is_not_living(ledger: None) -> None:
    apply([("a", "1", '"x"')])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger SET removed_at = now()")
    assert apply([("a", "1", '"x"')]) == MergeCounts(new=1)


def test_undo_leaves_what_somebody_changed_since(ledger: None) -> None:
    first, second = uuid4(), uuid4()
    apply([("a", str(n), '"x"') for n in range(4)], first)
    apply([("a", "0", '"by another import"')], second, LATER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger SET value = '\"by hand\"', import_id = NULL WHERE number = '1'")
    undone = undo(TARGET, import_id=first, at=LATER)
    assert (undone.removed, undone.restored) == (2, 0)
    assert {number for _place, number in living()} == {"0", "1"}


keys = st.tuples(st.sampled_from("ab"), st.sampled_from("123"))
files = st.lists(st.builds(lambda key, value: (*key, f'"{value}"'), keys, st.sampled_from("xyz")), max_size=8)
property_settings = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.promise("R5")
@given(before=files, sent=files)
@property_settings
def test_a_merge_equals_the_rows_one_by_one_and_undo_is_exact(
    ledger: None, before: list[Row], sent: list[Row]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger")
    apply(before, uuid4())
    standing = living()
    expected = {key: row[0] for key, row in standing.items()} | {(p, n): v for p, n, v in sent}
    import_id = uuid4()
    counts = apply(sent, import_id, LATER)
    assert {key: row[0] for key, row in living().items()} == expected
    assert counts.new + counts.replaced + counts.unchanged == len(sent)
    assert counts.duplicates == len(sent) - len({row[:2] for row in sent})
    again = apply(sent, uuid4(), LATER + timedelta(hours=1))
    assert (again.new, again.replaced) == (0, counts.duplicates)
    undone = undo(TARGET, import_id=import_id, at=LATER)
    assert undone.removed == counts.new
    assert undone.restored == counts.replaced - counts.duplicates
    assert living() == standing
    assert undo(TARGET, import_id=import_id, at=LATER).removed == 0
