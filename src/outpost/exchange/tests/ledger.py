"""A tiny kind of file on a table of its own, so that the engine is tested apart from every instrument."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.errors import Problem, Refusal
from outpost.core.sheets.columns import Column, Sheet
from outpost.core.sheets.parsing import RowCheck, RowParser
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import Difference, ExportKind, ImportKind, Parameter, Setting, View
from outpost.exchange.target import Target

WRONG = Problem("test.wrong", 422, "“{value}” is wrong")
UNKNOWN_PLACE = Problem("test.unknown_place", 422, "place {place} is unknown")


def _right(value: str) -> str:
    if value == "wrong":
        raise Refusal(WRONG, value=value)
    return value


SHEET = Sheet(
    "test.ledger",
    "台账",
    (
        Column("place", "地点", required=True),
        Column("number", "编号", required=True),
        Column("value", "数值", check=_right),
        Column("remark", "备注"),
    ),
)
TARGET = Target(
    table="exchange_test_ledger",
    key=("place", "number"),
    columns=("place", "number", "value"),
    replaced=("value",),
    compared=("value",),
    stamps_new=("created_at",),
    generated={"id": "gen_random_uuid()"},
)


class LedgerImport(ImportKind):
    name = "test.ledger"
    action = "health.record_facts"
    label = "台账记录"
    staging = {"place": "text", "number": "text", "value": "text"}
    target = TARGET

    def parameters(self, actor: Actor) -> Sequence[Parameter]:  # noqa: ARG002
        return (Parameter("place", "地点", (("here", "这里"), ("there", "那里")), is_required=False),)

    def sheet(self, params: Mapping[str, str]) -> Sheet:
        if params.get("place", "here") not in ("here", "there"):
            raise Refusal(UNKNOWN_PLACE, place=params["place"])
        return SHEET

    def parser(self, setting: Setting) -> RowCheck:  # noqa: ARG002
        return RowParser(SHEET, zone(), blanks={"value": ""})

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return [Difference("数值", before["value"], after["value"])]


class LedgerExport(ExportKind):
    views = (View("test.ledger", "health.record_facts", "台账", purposes={"supervision": "督导检查"}),)
    asks_second_person = False

    def title(self, params: Mapping[str, str]) -> str:  # noqa: ARG002
        return "台账"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002
        return SHEET.headers()[:3]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:  # noqa: ARG002
        with connection.cursor() as cursor:
            cursor.execute("SELECT place, number, value FROM exchange_test_ledger ORDER BY place, number")
            yield from cursor.fetchall()

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:  # noqa: ARG002
        return 1


CREATE = (
    "CREATE TABLE exchange_test_ledger (id uuid PRIMARY KEY, place text, number text, value text,"
    " created_at timestamptz, import_id uuid, UNIQUE (place, number))"
)


def create_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CREATE)


def drop_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE exchange_test_ledger")


def stored() -> dict[tuple[str, str], str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, number, value FROM exchange_test_ledger")
        return {(place, number): value for place, number, value in cursor.fetchall()}


def told(job: str, **ids: str) -> list[str]:
    """The states that the queued jobs of this name tell of a task, sorted."""
    found = ProcrastinateJob.objects.filter(
        task_name=job, **{f"args__{name}": id_ for name, id_ in ids.items()}
    )
    return sorted(found.values_list("args__state", flat=True))


def csv_of(rows: Sequence[Sequence[str]], header: str = "地点,编号,数值") -> bytes:
    return "\n".join([header, *(",".join(row) for row in rows)]).encode()


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    path.write_bytes(csv_of(rows))
    return path
