"""What an import tells of its rows: the rejected ones with their reasons, and notes on others.

Rejected are rows that the check did not pass and rows that the merge refused. All stand in the workbook, which can be
corrected and sent again; the notes on its second sheet.
"""

from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import override

from outpost.core.db import rows_of
from outpost.core.errors import problem_of
from outpost.core.sheets.columns import CellError
from outpost.core.sheets.failures import Note, write_failures
from outpost.exchange import errors, files, mending, rejected_rows, staging
from outpost.exchange.check_worker import Run
from outpost.exchange.models import Import
from outpost.exchange.planning import MergeCounts

MOST_NOTES = 10_000  # on the second sheet; the counts tell of all


def counted(task: Import, counts: MergeCounts) -> dict[str, Any]:
    """What became of the rows, as the fields of an import."""
    warnings = _counted_notes(task.id)
    rejected = task.rejected + counts.refused
    return {
        "new": counts.new,
        "replaced": counts.replaced,
        "unchanged": counts.unchanged,
        "duplicates": counts.duplicates,
        "rejected": rejected,
        "warnings": warnings,
        "has_failure_file": bool(rejected or warnings),
    }


def write(run: Run) -> None:
    """Write the workbook, if there is anything to tell. Reads the file again for what the merge has refused."""
    task = run.task
    refused = _refused(task.id)
    if not (task.rejected or refused or _counted_notes(task.id)):
        return
    _keep_refused(run, refused)
    sheet = run.kind.sheet(task.params)
    with override(task.language):
        rows = (
            (cells, [CellError(None, errors.AT_ROW, {"row": number}), *found])
            for number, cells, found in rejected_rows.of(task.id, sheet)
        )
        path = files.private(files.failure_file(task.id))
        layout = rejected_rows.layout_of(task.id, sheet)
        mark = files.mark_of(task.actor_label, task.id, task.step_started_at)
        write_failures(path, layout, rows, task.language, notes=notes(task.id), mark=mark)


def notes(import_id: UUID, limit: int = MOST_NOTES) -> list[Note]:
    """What is to be told of rows, in the order of the file and the reader's language."""
    query = (
        f"SELECT row_no, code, other FROM {staging.notes_table(import_id)} WHERE NOT is_refusal"
        " ORDER BY row_no LIMIT %s"
    )
    return [Note(row_no, problem_of(code).render(), other) for row_no, code, other in rows_of(query, [limit])]


def told(task: Import) -> list[tuple[str, int]]:
    """The kinds of what is told of rows, with how many rows each, in the reader's language."""
    return [(problem_of(code).render(), n) for code, n in task.warnings.items()]


def _counted_notes(import_id: UUID) -> dict[str, int]:
    notes = staging.notes_table(import_id)
    return dict(rows_of(f"SELECT code, count(*) FROM {notes} WHERE NOT is_refusal GROUP BY code"))


def _refused(import_id: UUID) -> dict[int, list[CellError]]:
    """Why the merge or its kind refused a row, by its number."""
    found: dict[int, list[CellError]] = {}
    wanted = f"SELECT row_no, code, fields FROM {staging.notes_table(import_id)} WHERE is_refusal"
    for row_no, code, fields in rows_of(wanted):
        error = CellError(None, problem_of(code), orjson.loads(fields) if fields else {})
        found.setdefault(row_no, []).append(error)
    return found


def _keep_refused(run: Run, refused: dict[int, list[CellError]]) -> None:
    if not refused:
        return
    with run.opened() as table, files.refused_file(run.task.id).open("ab") as file:
        for number, cells in mending.corrected_rows(run.task.id, table):
            if number in refused:
                rejected_rows.write(file, number, cells, refused[number])
