"""From the rows of a file to staged rows: checked one by one, copied block by block.

Several processes may work through the same file at once. Each reads all of it, which is cheap, and claims the
blocks that it checks, which is not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from outpost.core.db import copy_rows
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Layout
from outpost.core.sheets.parsing import FileCells, Row, RowCheck, picker
from outpost.core.sheets.reading import TableReader
from outpost.exchange import staging
from outpost.exchange.kinds import ImportKind
from outpost.exchange.models import Import

Numbered = tuple[int, Sequence[Raw]]
Reject = Callable[[int, Sequence[Raw], Sequence[CellError]], None]


class Overtaken(Exception):  # noqa: N818 - not a fault: the import was discarded, or its check begun anew
    """This check is no longer wanted; what it has staged is not counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One run of a check, known by its instant: a later run of the same import has another one."""

    import_id: UUID
    at: datetime
    block_rows: int
    is_shared: bool


def stage(check: Check, table: TableReader, rows: "Rows") -> int:
    """Check and copy the blocks that nobody else has claimed; returns the rows of the whole file.

    The database takes up one row as the next is parsed. Each block is one transaction with its counts, so that
    others see how far it is. Raises Overtaken.
    """
    numbered = table.rows()
    read = 0
    for block, first in enumerate(numbered):
        batch = chain((first,), islice(numbered, check.block_rows - 1))
        if check.is_shared and not staging.claim(check.import_id, run=check.at, block=block):
            read += sum(1 for _ in batch)
            continue
        with transaction.atomic():
            copied = copy_rows(staging.table(check.import_id), rows.columns, rows.good(batch))
            rejected = rows.take_rejected()
            _count(check, copied + rejected, rejected)
        read += copied + rejected
    return read


def _count(check: Check, read: int, rejected: int) -> None:
    wanted = Import.objects.filter(id=check.import_id, state="checking", step_started_at=check.at)
    if not wanted.update(read=F("read") + read, rejected=F("rejected") + rejected):
        raise Overtaken


class Rows:
    """Tells good rows from bad ones and hands the bad ones on as they pass."""

    def __init__(self, kind: ImportKind, layout: Layout, check: RowCheck, reject: Reject) -> None:
        self.columns = ("row_no", *kind.staging)
        self._rejected = 0
        self._check = check
        self._reject = reject
        self._arrange = FileCells(layout)
        self._staged = picker(list(kind.staging))

    def good(self, rows: Iterator[Numbered]) -> Iterator[tuple[Any, ...]]:
        """The staged values of the rows that pass."""
        check, arrange, staged = self._check, self._arrange, self._staged
        for number, cells in rows:
            try:
                arranged = arrange(cells)
            except Refusal as shifted:
                values, faults = Row({}, [CellError.of(None, shifted)])
            else:
                values, faults = check(arranged)
            if faults:
                self._rejected += 1
                self._reject(number, cells, faults)
            else:
                yield (number, *staged(values))

    def take_rejected(self) -> int:
        """How many were rejected since this was last asked."""
        fresh, self._rejected = self._rejected, 0
        return fresh
