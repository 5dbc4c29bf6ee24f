"""The empty workbook that a user fills in, made from the same definition that checks it.

Examples stand in the prompt of each cell and on the sheet of instructions, never among the rows: what is sent
back untouched holds no row.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from outpost.core.sheets.columns import Column, ColumnKind, Sheet
from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.writing import AS_TEXT
from outpost.core.vocabulary import is_chinese

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# Excel's own limits: a list within a rule, and the text of a prompt.
_INLINE_CHARS = 255
_PROMPT_TITLE, _PROMPT_TEXT = 32, 255
_LISTS = "lists"
_FORMATS = {
    ColumnKind.DATE: "yyyy-mm-dd",
    ColumnKind.DATETIME: "yyyy-mm-dd hh:mm",
    ColumnKind.NUMBER: "General",
}


def write_template(path: Path, sheet: Sheet, language: str) -> None:
    """Write the template of a sheet in a language: headers (required *), drop-down lists, text format, instructions."""
    import xlsxwriter

    with override(language), xlsxwriter.Workbook(str(path), AS_TEXT) as workbook:
        bold = workbook.add_format({"bold": True, "bg_color": "#E8EEF5", "border": 1, "text_wrap": True})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        table = workbook.add_worksheet(_title(sheet, language))
        guide = workbook.add_worksheet(pgettext("template", "Instructions"))
        lists = workbook.add_worksheet(_LISTS)
        lists.hide()
        table.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            pattern = _FORMATS.get(column.kind, "@")
            table.set_column(place, place, _width(column), workbook.add_format({"num_format": pattern}))
            table.write_string(0, place, column.header(language) + ("*" if column.required else ""), bold)
            _add_rule(table, lists, place, column, language)
        _write_guide(guide, sheet.columns, language, bold, wrapped)
        table.activate()


def _title(sheet: Sheet, language: str) -> str:
    return sheet.title if is_chinese(language) else sheet.name.replace("_", " ").capitalize()


def _width(column: Column) -> int:
    """In characters: wide enough for the header and the example, Chinese counted double."""
    longest = max((column.zh, column.en, column.example), key=len)
    return min(40, max(12, 2 * len(longest) + 2))


def _add_rule(table: "Worksheet", lists: "Worksheet", place: int, column: Column, language: str) -> None:
    """The prompt of a column, and the list to choose from. Long lists stand on the hidden sheet."""
    from xlsxwriter.utility import xl_col_to_name

    rule: dict[str, object] = {"validate": "any"}
    labels = [choice.label(language) for choice in column.choices]
    if labels:
        rule = {"validate": "list", "source": labels, "error_message": _("Choose one from the list.")}
        if len(",".join(labels)) > _INLINE_CHARS or any(mark in label for label in labels for mark in ',"'):
            for line, label in enumerate(labels):
                lists.write_string(line, place, label)
            # $A$1 and so on; the sheet's name needs no quotes.
            letter = xl_col_to_name(place, col_abs=True)
            rule["source"] = f"={_LISTS}!{letter}$1:{letter}${len(labels)}"
    rule["input_title"] = column.header(language)[:_PROMPT_TITLE]
    rule["input_message"] = _prompt(column)[:_PROMPT_TEXT]
    table.data_validation(1, place, UPLOAD.rows, place, rule)


def _prompt(column: Column) -> str:
    lines = [str(column.help)] if column.help else []
    if column.example:
        lines.append(_("Example: {example}").format(example=column.example))
    return "\n".join(lines) or (
        pgettext("template", "Required") if column.required else pgettext("template", "Optional")
    )


def _write_guide(
    guide: "Worksheet", columns: Sequence[Column], language: str, bold: "Format", wrapped: "Format"
) -> None:
    heads = [
        pgettext("template", "Column"),
        pgettext("template", "Required or not"),
        pgettext("template", "Content"),
        pgettext("template", "Choices"),
        pgettext("template", "Example"),
        pgettext("template", "Remarks"),
    ]
    guide.freeze_panes(1, 0)
    for place, (head, width) in enumerate(zip(heads, (20, 10, 28, 40, 28, 48), strict=True)):
        guide.set_column(place, place, width)
        guide.write_string(0, place, head, bold)
    for line, column in enumerate(columns, 1):
        labels = "、".join(choice.label(language) for choice in column.choices)
        texts = (
            column.header(language),
            pgettext("template", "Required") if column.required else pgettext("template", "Optional"),
            _content(column.kind),
            labels,
            column.example,
            str(column.help),
        )
        for place, text in enumerate(texts):
            guide.write_string(line, place, text, wrapped)


def _content(kind: ColumnKind) -> str:
    """What to write into such a column."""
    return {
        ColumnKind.TEXT: pgettext("template", "Text"),
        ColumnKind.IDENTIFIER: _("Digits and letters, stored as text"),
        ColumnKind.KEY: _("Digits and letters, stored as text"),
        ColumnKind.CHOICE: pgettext("template", "One of the choices"),
        ColumnKind.DATE: _("Date, such as 2022-06-01"),
        ColumnKind.DATETIME: _("Date and time, such as 2022-06-01 08:30"),
        ColumnKind.NUMBER: pgettext("template", "Number"),
        ColumnKind.WHOLE: pgettext("template", "Whole number"),
    }[kind]
