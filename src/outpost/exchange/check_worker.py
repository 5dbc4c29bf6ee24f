"""From the rows of a file to staged rows: checked one by one, copied block by block, by one process or by two.

The check is Python's work, and one process has one core. For a large text file a worker is started beside (the command
`check_blocks`): both read all of the file, which is cheap, and each checks the blocks that it claims, which is not.
"""

import heapq
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import override

from outpost.core.db import copy_rows
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Layout
from outpost.core.sheets.guard import OLE_MAGIC, ZIP_MAGIC
from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.parsing import FileCells, Row, RowCheck, picker
from outpost.core.sheets.reading import TableReader, open_table
from outpost.exchange import errors, files, mending, queries, registry, rejected_rows, staging
from outpost.exchange.kinds import ImportKind, Setting
from outpost.exchange.models import Import

BLOCK_ROWS = 20_000
# From here on a second process wins more than its start costs.
SHARED_FROM_ROWS = 200_000
HOPELESS = 20_000
"""Rejected rows after which a file that is mostly wrong is not read any further."""
DATABASE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")

Numbered = tuple[int, Sequence[Raw]]
Reject = Callable[[int, Sequence[Raw], Sequence[CellError]], None]


class Overtaken(Exception):  # noqa: N818 - not a fault: the import was discarded, or its check begun anew
    """This check is no longer wanted; what it has staged is not counted."""


class Broken(Exception):  # noqa: N818 - a fault; the check as a whole is tried again
    """The worker ended before its work was done."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a check, known by its instant: a later run of the same import has another one."""

    task: Import
    kind: ImportKind
    at: datetime
    block_rows: int

    @classmethod
    def of(cls, task: Import, at: datetime) -> "Run":
        return cls(task, registry.import_kind(task.kind), at, BLOCK_ROWS)

    def opened(self) -> TableReader:
        """The stored file. Raises Refusal."""
        limits = replace(UPLOAD, file_bytes=self.task.limit_bytes)
        return open_table(files.source_file(self.task.id), self.kind.sheet(self.task.params), limits=limits)


def stage(run: Run, table: TableReader, reject: Reject) -> int:
    """Stage the good rows and hand on the others in the order of the file; returns how many rows it has.

    A worker helps where that pays. Raises Overtaken, Broken, and Refusal for what shows while rows are read.
    """
    if table.total < SHARED_FROM_ROWS or not _is_text(files.source_file(run.task.id)):
        return _stage_blocks(run, table, reject, is_shared=False)
    theirs = files.private(files.rejected_file(run.task.id))
    with tempfile.TemporaryFile(dir=theirs.parent) as ours:
        with _worker_beside(run, theirs):
            read = _stage_blocks(run, table, partial(rejected_rows.write, ours), is_shared=True)
        ours.seek(0)
        with theirs.open("rb") as left:
            both = (rejected_rows.read(file, table.layout.sheet) for file in (ours, left))
            for rejected in heapq.merge(*both, key=itemgetter(0)):
                reject(*rejected)
    theirs.unlink()
    return read


def _is_text(path: Path) -> bool:
    """Workbooks are unpacked in a child already; reading them twice would eat up what is won."""
    with path.open("rb") as file:
        return not file.read(len(OLE_MAGIC)).startswith((OLE_MAGIC, ZIP_MAGIC))


def _stage_blocks(run: Run, table: TableReader, reject: Reject, *, is_shared: bool) -> int:
    """Check and copy the blocks that nobody else has claimed; returns the rows of the whole file.

    The database takes up one row as the next is parsed. Each block is one transaction with its counts, so that others
    see how far it is.
    """
    rows = _Rows(run, table.layout, reject)
    numbered = mending.corrected_rows(run.task.id, table)
    read = 0
    for block, first in enumerate(numbered):
        batch = chain((first,), islice(numbered, run.block_rows - 1))
        if is_shared and not staging.claim(run.task.id, run=run.at, block=block):
            read += sum(1 for _ in batch)
            continue
        with transaction.atomic():
            copied = copy_rows(staging.table(run.task.id), rows.columns, rows.good(batch))
            rejected = rows.take_rejected()
            _count(run, copied + rejected, rejected)
        _refuse_hopeless(run)
        read += copied + rejected
    _refuse_hopeless(run)
    return read


def _refuse_hopeless(run: Run) -> None:
    """End the check of a file that is mostly wrong, when it comes from an account. Raises TOO_MANY_REJECTED."""
    if run.task.owner_id is None:
        return
    read, rejected = Import.objects.values_list("read", "rejected").get(id=run.task.id)
    if rejected >= HOPELESS and 2 * rejected > read:
        raise Refusal(errors.TOO_MANY_REJECTED, rejected=rejected, read=read)


def _count(run: Run, read: int, rejected: int) -> None:
    wanted = Import.objects.filter(id=run.task.id, state="checking", step_started_at=run.at)
    if not wanted.update(read=F("read") + read, rejected=F("rejected") + rejected):
        raise Overtaken


class _Rows:
    """Tells good rows from bad ones and hands the bad ones on as they pass."""

    def __init__(self, run: Run, layout: Layout, reject: Reject) -> None:
        self.columns = ("row_no", *run.kind.staging)
        self._rejected = 0
        self._check = _row_check(run, layout)
        self._reject = reject
        self._arrange = FileCells(layout)
        self._staged = picker(list(run.kind.staging))

    def good(self, rows: Iterator[Numbered]) -> Iterator[tuple[Any, ...]]:
        """The staged values of the rows that pass."""
        check, arrange, staged = self._check, self._arrange, self._staged
        for number, cells in rows:
            try:
                arranged = arrange(cells)
            except Refusal as shifted:
                row = Row({}, [CellError.of(None, shifted)])
            else:
                row = check(arranged)
            if row.faults:
                self._rejected += 1
                self._reject(number, cells, row.faults)
            else:
                yield (number, *staged(row.values))

    def take_rejected(self) -> int:
        """How many were rejected since this was last asked."""
        fresh, self._rejected = self._rejected, 0
        return fresh


def _row_check(run: Run, layout: Layout) -> RowCheck:
    actor = queries.actor_behind(run.task)
    queries.require_reach(run.task, actor=actor)
    columns = frozenset(layout.positions)
    return run.kind.parser(Setting(run.task.id, actor, run.at, run.task.params, columns))


@contextmanager
def _worker_beside(run: Run, rejected: Path) -> Iterator[None]:
    """Let a worker take blocks of the run inside the block; its end waits for it. Raises Broken.

    It gets what it must know on standard input, never as arguments.
    """
    request = {
        "import_id": str(run.task.id),
        "at": run.at.isoformat(),
        "block_rows": run.block_rows,
        "rejected": str(rejected),
        "database": {name: connection.settings_dict[name] for name in DATABASE},
    }
    process = subprocess.Popen([sys.executable, "-m", "django", "check_blocks"], stdin=subprocess.PIPE)
    try:
        _hand_over(process, orjson.dumps(request))
        yield
        if process.wait():
            raise Broken
    finally:
        process.kill()
        process.wait()


def _hand_over(process: subprocess.Popen[bytes], request: bytes) -> None:
    if process.stdin is None:
        raise ValueError("the worker was started without a pipe")
    try:
        with process.stdin as pipe:
            pipe.write(request)
    except BrokenPipeError as error:
        raise Broken from error


def work(request: Mapping[str, Any]) -> None:
    """The worker's part: take blocks of the run that the request of `_worker_beside` names.

    Ends in silence when the check is no longer wanted, or when the file turns out to be one that is refused: the other
    process finds the same and says so.
    """
    connection.settings_dict.update(request["database"])
    task = queries.find_import(UUID(request["import_id"]))
    run = replace(Run.of(task, datetime.fromisoformat(request["at"])), block_rows=request["block_rows"])
    with (
        suppress(Refusal, Overtaken),
        override(task.language),
        Path(request["rejected"]).open("wb") as file,
        run.opened() as table,
    ):
        _stage_blocks(run, table, partial(rejected_rows.write, file), is_shared=True)
