"""Cells of an .xls without a value to be had. The workbook library gives an Excel error as empty, so the child reads
the errors from the records of the sheet (MS-XLS 2.4.24 BoolErr, 2.4.127 Formula).

Records are walked only where something in the stream looks like an error.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

import olefile

from outpost.core.sheets.failed_cells import UNNAMED, Failed
from outpost.core.sheets.guard import Unsafe

_BOF, _EOF, _SHEET, _BOOL_OR_ERROR, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0205, 0x0006
_HEAD = struct.Struct("<2H")
_NAMES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_MAY_BE_ONE = re.compile(rb"\x05\x02\x08\x00.{7}\x01|\x06\x00.{8}\x02.{5}\xff\xff", re.DOTALL)


def failed_records(file: BinaryIO, place: int) -> Failed:
    """The errors on the sheet at that place (from 0) among all of the workbook."""
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as container:
            stream = container.openstream("Workbook").read()
        return _errors(stream, _beginnings(stream)[place]) if _MAY_BE_ONE.search(stream) else {}
    except (OSError, struct.error, IndexError) as error:
        raise Unsafe("sheets.damaged") from error


def _beginnings(stream: bytes) -> list[int]:
    """Where each sheet begins, in their order."""
    return [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == _SHEET]


def _records(stream: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """The records from there to the end of what begins there; what lies inside it, such as a chart, is passed over."""
    depth = 0
    while begin + _HEAD.size <= len(stream):
        kind, length = _HEAD.unpack_from(stream, begin)
        begin += _HEAD.size + length
        depth += (kind == _BOF) - (kind == _EOF)
        if not depth:
            return
        if depth == 1:
            yield kind, stream[begin - length : begin]


def _errors(stream: bytes, begin: int) -> Failed:
    found: Failed = {}
    for kind, body in _records(stream, begin):
        code = _error(kind, body)
        if code is not None:
            row, column = _HEAD.unpack_from(body)
            found.setdefault(row + 1, {})[column + 1] = _NAMES.get(code, UNNAMED)
    return found


def _error(kind: int, body: bytes) -> int | None:
    """The code of the error that a cell holds, by itself or as what its formula came to."""
    if kind == _BOOL_OR_ERROR and body[7]:
        return body[6]
    if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
        return body[8]
    return None
