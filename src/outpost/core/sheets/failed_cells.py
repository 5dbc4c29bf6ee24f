"""Cells without a value to be had: an Excel error, a formula saved without its value. The workbook library gives them
as empty, so the child reads them from the XML.

Only of a workbook in which the guard has met an error or a formula, for it costs a second look at the sheet.
"""

import re
import zipfile
from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

from outpost.core.sheets.formulas import UNKEPT, is_error
from outpost.core.sheets.guard import Unsafe, column_number

Failed = dict[int, dict[int, str]]
"""The error of a cell by its row (from 1) and column (from 1)."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_BOOK, _BOOK_PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
UNNAMED = "#VALUE!"

_Start = Callable[[str, dict[str, str]], None]


def failed_cells(file: BinaryIO, sheet: str) -> Failed:
    """The errors on the sheet of that name. Raises Unsafe when the workbook does not say where the sheet is."""
    try:
        with zipfile.ZipFile(file) as archive:
            cells = _FailedCells()
            _parse(archive, _part_of(archive, sheet), cells.parser)
            return cells.found
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError) as error:
        raise Unsafe("sheets.damaged") from error


class _FailedCells:
    """Collects the errors while the parser runs. Cells and rows without a reference follow the one before.

    An empty value is none, unless the cell says that its formula gave a text: there are programs that write one with
    every formula, calculated or not.
    """

    def __init__(self) -> None:
        self.found: Failed = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self._row = 0
        self._column = 0
        self._text = ""
        self._is_error = self._is_text = self._is_formula = self._has_value = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "c":
                self._place(attributes.get("r", ""))
                kind = attributes.get("t")
                self._is_error, self._is_text = kind == "e", kind == "str"
                self._is_formula = self._has_value = False
                self._text = ""
                self.parser.EndElementHandler = self._end
            case "f":
                self._is_formula = True
            case "v":
                self._has_value = self._is_text
                if self._is_error or self._is_formula:
                    self.parser.CharacterDataHandler = self._read
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0

    def _place(self, reference: str) -> None:
        self._column += 1
        if reference and (found := _REFERENCE.fullmatch(reference)):
            self._column, self._row = column_number(found[1].encode()), int(found[2])

    def _read(self, text: str) -> None:
        self._text = text

    def _end(self, name: str) -> None:
        match _local(name):
            case "v":
                self.parser.CharacterDataHandler = None
            case "c":
                self.parser.EndElementHandler = None
                if self._is_error:
                    self._keep(self._text if is_error(self._text) else UNNAMED)
                elif self._is_formula and not (self._has_value or self._text):
                    self._keep(UNKEPT)

    def _keep(self, error: str) -> None:
        self.found.setdefault(self._row, {})[self._column] = error


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet: from its name to the id of a relation, from there to the part."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "sheet":
            ids.update(
                (attributes["name"], value) for key, value in attributes.items() if _local(key) == "id"
            )

    def relations(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            targets[attributes["Id"]] = attributes["Target"].replace("\\", "/")

    _parse(archive, _BOOK, _listening(sheets))
    _parse(archive, _BOOK_PARTS, _listening(relations))
    target = targets[ids[sheet]].removeprefix("/")
    return target if target.startswith("xl/") else f"xl/{target}"


def _listening(start: _Start) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    return parser


def _parse(archive: zipfile.ZipFile, part: str, parser: expat.XMLParserType) -> None:
    names = {name.replace("\\", "/").casefold(): name for name in archive.namelist()}
    with archive.open(names[part.casefold()]) as xml:
        parser.ParseFile(xml)


def _local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]
