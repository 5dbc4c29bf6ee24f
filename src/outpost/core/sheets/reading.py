"""The door to a user's table, whatever it is: the kind is told by content, never by name.

    with open_table(path, STAFF) as table:
        for number, cells in table.rows():
            ...

Raises `Refusal` at once for a file that cannot be read, and while rows are taken for what shows later
(damage, too many rows, a second table). So nothing may be final before the last row was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from outpost.core.errors import Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.cells import Raw, as_text, is_blank
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.delimited import Delimited
from outpost.core.sheets.guard import OLE_MAGIC, ZIP_MAGIC
from outpost.core.sheets.limits import MIB, UPLOAD, FileLimits
from outpost.core.sheets.workbook import Workbook

_ZIP_EMPTY = b"PK\x05\x06"
_GZIP_MAGIC = b"\x1f\x8b"


class _Source(Protocol):
    headers: list[str]
    total: int
    lines: int
    surplus: int
    delimiter: str
    may_be_cut: bool

    def rows(self) -> Iterator[tuple[int, Sequence[Raw]]]: ...

    def close(self) -> None: ...


def _is_numbered(cells: Sequence[Raw]) -> bool:
    """Whether a row holds one short number and nothing else."""
    filled = [as_text(cell).strip() for cell in cells if not is_blank(cell)]
    return len(filled) == 1 and filled[0].isdigit() and len(filled[0]) < 8


def _is_filled(cells: Sequence[Raw], places: Sequence[int]) -> bool:
    """Whether something stands in one of these places: nearly always in the first."""
    for place in places:  # noqa: SIM110 - a generator a row costs as much as all else here
        if place < len(cells) and not is_blank(cells[place]):
            return True
    return False


class TableReader:
    """One table of one file. Use as a context manager; its rows can be taken once."""

    def __init__(self, source: _Source, sheet: Sheet) -> None:
        self._source = source
        layout = sheet.match(source.headers)
        self.layout = replace(layout, surplus=source.surplus, delimiter=source.delimiter)

    @property
    def headers(self) -> tuple[str, ...]:
        """The header row as the user wrote it."""
        return self.layout.headers

    @property
    def total(self) -> int:
        """At most so many rows, for progress."""
        return self._source.total

    @property
    def may_be_cut(self) -> bool:
        """Whether the sheet ends at the last row that its format can hold."""
        return self._source.may_be_cut

    @property
    def lines(self) -> int:
        """The lines of a text file; of a workbook the rows of the sheet down to the last that is used."""
        return self._source.lines

    def rows(self) -> Iterator[tuple[int, Sequence[Raw]]]:
        """Row number as a spreadsheet program shows it, and the raw cells; blank rows are left out, also those that
        hold nothing but a running number."""
        known = list(self.layout.positions.values())
        for number, cells in self._source.rows():
            if _is_filled(cells, known) or not _is_numbered(cells):
                yield number, cells

    def close(self) -> None:
        """Let go of the file, and of the reading child if there is one."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_table(path: Path, sheet: Sheet, *, limits: FileLimits = UPLOAD) -> TableReader:
    """Open a stored file and find the table in it. Raises `Refusal` of `sheets.errors`."""
    source = _open(path, sheet, limits)
    try:
        return TableReader(source, sheet)
    except Refusal:
        source.close()
        raise


def _open(path: Path, sheet: Sheet, limits: FileLimits) -> _Source:
    if not path.is_file():
        raise Refusal(errors.NOT_A_TABLE)
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise Refusal(errors.FILE_TOO_LARGE, limit=limits.file_bytes // MIB)
    if not size:
        raise Refusal(errors.FILE_EMPTY)
    with path.open("rb") as file:
        magic = file.read(len(OLE_MAGIC))
    if magic == OLE_MAGIC or magic.startswith((ZIP_MAGIC, _ZIP_EMPTY)):
        return Workbook(path, sheet, limits)
    if magic.startswith(_GZIP_MAGIC):
        raise Refusal(errors.NOT_A_WORKBOOK)
    return Delimited(path, sheet, limits)
