"""How large a table may be. Plain numbers: the reading child gets them on its command line."""

from dataclasses import dataclass

MIB = 1 << 20
SHEET_ROWS = 1_048_576  # of the file format


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one uploaded file may cost. Past a limit the file is refused as a whole, never cut."""

    file_bytes: int = 50 * MIB
    rows: int = SHEET_ROWS - 1
    columns: int = 200
    # Excel's own limit less one: a cell that is sent back may get a quote in front (`formulas`).
    cell_chars: int = 32_766
    parts: int = 1_000
    unpacked_bytes: int = 400 * MIB
    ratio: int = 100
    # The reader keeps a dense grid of 32 bytes a cell, so two far corners alone would fill its memory.
    grid_cells: int = 12_000_000
    memory_bytes: int = 512 * MIB
    cpu_seconds: int = 60
    # Titles and remarks may stand above the header, so far down.
    header_rows: int = 20


UPLOAD = FileLimits()
# A file that the operator names on the command line: the same rules, more bytes (CSV only grows).
OPERATOR = FileLimits(file_bytes=2_048 * MIB)
