"""The catalogue of what can be wrong with a table: with the file as a whole, and with one cell."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

# --- the file -------------------------------------------------------------------------------------------------
FILE_TOO_LARGE = Problem(
    "sheets.file_too_large",
    413,
    _("The file is larger than {limit} MiB. Split it, or save it as CSV, and send the parts one by one."),
)
FILE_EMPTY = Problem(
    "sheets.file_empty", 422, _("The file is empty. Fill in the template and send it again.")
)
NOT_A_TABLE = Problem(
    "sheets.not_a_table",
    422,
    _("This is neither an Excel workbook nor a CSV file. Open it in Excel or WPS and save it as .xlsx."),
)
WEB_PAGE = Problem(
    "sheets.web_page",
    422,
    _(
        "This is a web page or a picture, whatever its name says. Open it in Excel or WPS and save it as .xlsx."
    ),
)
NOT_A_WORKBOOK = Problem(
    "sheets.not_a_workbook",
    422,
    _(
        "This is an archive or another kind of document, not an Excel workbook. Save the table as .xlsx or CSV."
    ),
)
ENCRYPTED = Problem(
    "sheets.encrypted",
    422,
    _("The workbook is protected by a password. Remove the password in Excel and send it again."),
)
DAMAGED = Problem(
    "sheets.damaged",
    422,
    _(
        "The workbook is incomplete or damaged. Open it in Excel, save it under a new name and send that file."
    ),
)
UNSAFE = Problem(
    "sheets.unsafe",
    422,
    _(
        "The workbook holds something that no spreadsheet program writes. "
        "Copy the table into a new workbook and send that."
    ),
)
TOO_MANY_PARTS = Problem(
    "sheets.too_many_parts",
    422,
    _("The workbook holds more than {limit} parts. Copy the table into a new workbook and send that."),
)
UNPACKS_TOO_LARGE = Problem(
    "sheets.unpacks_too_large",
    422,
    _(
        "Unpacked, the workbook is too large (the limit is {limit} MiB) or far larger than its file. "
        "Copy the table into a new workbook, split it, or save it as CSV."
    ),
)
FAR_CELLS = Problem(
    "sheets.far_cells",
    422,
    _(
        "The sheet reaches as far as row {rows}, column {columns}, which is too far. Delete the empty rows and "
        "columns beside the table, split it, or save it as CSV."
    ),
)
TOO_HEAVY = Problem(
    "sheets.too_heavy",
    422,
    _(
        "Reading the workbook takes too much memory or time, so it was stopped. Copy the table into a new "
        "workbook, split it, or save it as CSV."
    ),
)
ENCODING = Problem(
    "sheets.encoding",
    422,
    _(
        "The text of the file is neither UTF-8 nor GB18030 throughout. Save it as “CSV UTF-8” and send it again."
    ),
)
BROKEN_BYTE = Problem(
    "sheets.broken_byte",
    422,
    _(
        "There is a damaged character in line {row} of the text file. Correct that line, or export the table again."
    ),
)
DATA_ABOVE = Problem(
    "sheets.data_above",
    422,
    _(
        "Rows {rows} stand above the heading, but hold data: they would be lost. Move the heading above them, and send"
        " the file again."
    ),
)
NO_HEADER = Problem(
    "sheets.no_header",
    422,
    _("No row with the names of the columns was found. The first row should hold: {columns}."),
)
MISSING_COLUMNS = Problem(
    "sheets.missing_columns",
    422,
    _("These required columns are missing: {columns}. Add them, or start from the template."),
)
DUPLICATE_COLUMNS = Problem(
    "sheets.duplicate_columns", 422, _("These columns stand more than once: {columns}. Keep one of each.")
)
SEVERAL_TABLES = Problem(
    "sheets.several_tables",
    422,
    _(
        "More than one sheet holds such a table: {sheets}. Send one file for each, or put all rows into one sheet."
    ),
)
TOO_MANY_ROWS = Problem(
    "sheets.too_many_rows",
    422,
    _("The table has more than {limit} rows. Nothing was taken over; split the file and send the parts."),
)
TOO_MANY_COLUMNS = Problem(
    "sheets.too_many_columns",
    422,
    _("The table has {found} columns, more than {limit}. Delete those that are not needed."),
)
CELL_TOO_LONG = Problem(
    "sheets.cell_too_long",
    422,
    _(
        "A cell in row {row} holds more than {limit} characters. Shorten it; in CSV, look for a missing quote."
    ),
)
BROKEN_QUOTES = Problem(
    "sheets.broken_quotes",
    422,
    _("The quotes in row {row} of the CSV file do not match. Correct them, or save the table as .xlsx."),
)
CUT_OFF = Problem(
    "sheets.cut_off",
    422,
    _(
        "The CSV file ends in the middle of row {row}, so it was cut off on its way. Send the whole file; if it is "
        "whole, complete that row."
    ),
)

# --- a row or a cell ------------------------------------------------------------------------------------------
ROW_TOO_LONG = Problem(
    "sheets.row_too_long",
    422,
    _("The row has {found} cells, the header {expected}: put text that contains a separator in quotes."),
)
ROWS_SWALLOWED = Problem(
    "sheets.rows_swallowed",
    422,
    _(
        "A cell of this row holds what reads as further rows: a quote was opened and not closed. Correct the quotes."
    ),
)
MERGED_CELLS = Problem(
    "sheets.merged_cells",
    422,
    _("This cell is merged with others, and which row its value is for cannot be told. Unmerge the cells."),
)
FORMULA_UNKEPT = Problem(
    "sheets.formula_unkept",
    422,
    _(
        "The cell holds a formula whose value was not saved. Open the file in Excel or WPS and save it, or write the"
        " value."
    ),
)
OLD_EXCEL = Problem(
    "sheets.old_excel",
    422,
    _("This is a workbook of Excel 95. Open it and save it as .xlsx, then send that file."),
)
MAY_BE_CUT = Problem(
    "sheets.may_be_cut",
    200,
    _(
        "The sheet ends at row 65,536, the last that an .xls can hold: rows may be missing. Save the whole as .xlsx."
    ),
)
NO_ROWS = Problem("sheets.no_rows", 200, _("There is a heading, but no row below it."))
REQUIRED = Problem("sheets.required", 422, _("This is required, but empty. Fill it in."))
TOO_LONG = Problem("sheets.too_long", 422, _("This has {found} characters, more than {limit}. Shorten it."))
CONTROL_CHARACTER = Problem(
    "sheets.control_character", 422, _("There is an invisible control character in it. Type the text anew.")
)
FORMULA_ERROR = Problem(
    "sheets.formula_error",
    422,
    _(
        "The cell holds an Excel error {value}: its formula failed. Write the value itself, or empty the cell."
    ),
)
DIGITS_LOST = Problem(
    "sheets.digits_lost",
    422,
    _(
        "“{value}” was stored as a number and may have lost digits. Format the column as text and type the whole "
        "number again."
    ),
)
DATE_INSTEAD = Problem(
    "sheets.date_instead",
    422,
    _("Excel has turned this into the date “{value}”. Format the column as text and type it again."),
)
TRUTH_INSTEAD = Problem(
    "sheets.truth_instead",
    422,
    _("The cell holds the truth value {value}, not text. Format the column as text and type it again."),
)
TIME_INSTEAD = Problem(
    "sheets.time_instead",
    422,
    _("Excel has turned this into the time {value}. Format the column as text and type it again."),
)
NOT_A_DATE = Problem("sheets.not_a_date", 422, _("“{value}” is not a date. Write it like 2022-06-01."))
NOT_A_TIME = Problem(
    "sheets.not_a_time", 422, _("“{value}” is not a date and time. Write it like 2022-06-01 08:30.")
)
NOT_A_NUMBER = Problem("sheets.not_a_number", 422, _("“{value}” is not a number. Write digits only."))
NOT_WHOLE = Problem("sheets.not_whole", 422, _("“{value}” is not a whole number. Write digits only."))
UNKNOWN_CHOICE = Problem(
    "sheets.unknown_choice", 422, _("“{value}” is not among the choices. Choose one of: {choices}.")
)

# What the reading child may answer, by code.
OF_WORKBOOK = {
    problem.code: problem
    for problem in (
        NOT_A_WORKBOOK,
        ENCRYPTED,
        DAMAGED,
        UNSAFE,
        TOO_MANY_PARTS,
        UNPACKS_TOO_LARGE,
        FAR_CELLS,
        TOO_HEAVY,
        NO_HEADER,
        SEVERAL_TABLES,
        TOO_MANY_COLUMNS,
        CELL_TOO_LONG,
        DATA_ABOVE,
        OLD_EXCEL,
    )
}
