"""Rows that their kind cannot let stand: put aside with everything that speaks against each (`ImportKind.judge`)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson
from django.db import transaction
from psycopg import sql

from outpost.core.db import copy_rows, run
from outpost.core.errors import Refusal
from outpost.exchange import staging
from outpost.exchange.kinds import ImportKind, Setting

_NOTED = ("row_no", "code", "is_refusal", "fields")


def put_aside(kind: ImportKind, setting: Setting, *, is_tried: bool) -> int:
    """Have the staged rows judged and put aside those that cannot stand; returns how many. `is_tried`: what the kind
    writes is taken back, its word on the rows stays. In the caller's transaction."""
    with transaction.atomic():
        refused = kind.judge(staging.table(setting.import_id), setting)
        transaction.set_rollback(is_tried)
    if refused:
        _note(setting.import_id, refused)
        _forget(setting.import_id, list(refused))
    return len(refused)


def _note(import_id: UUID, refused: Mapping[int, Sequence[Refusal]]) -> None:
    told = (
        (row_no, one.code, True, _plain(one.fields)) for row_no, found in refused.items() for one in found
    )
    copy_rows(staging.notes_table(import_id), _NOTED, told)


def _plain(fields: Mapping[str, object]) -> str:
    """Numbers and words as a workbook tells them later."""
    return orjson.dumps(
        {name: value if isinstance(value, int) else str(value) for name, value in fields.items()}
    ).decode()


def _forget(import_id: UUID, rows: list[int]) -> None:
    statement = sql.SQL("DELETE FROM {} WHERE row_no = ANY(%s)")
    run(statement.format(staging.identifier(staging.table(import_id))), [rows])
