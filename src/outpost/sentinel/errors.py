"""What can be wrong in a ledger, a rule or a match. No message repeats a name, a number or a phone in clear."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

CODE_BEYOND_REACH = Problem(
    "sentinel.code_beyond_reach",
    409,
    _(
        "This organisation also stands in categories or towns of others, whose staff its person in charge sees."
        " Let somebody give out the code whose right covers all of it, such as a command officer."
    ),
)
CATEGORY_UNKNOWN = Problem(
    "sentinel.category_unknown", 422, _("There is no sentinel category “{found}”. Known codes: {known}.")
)
CATEGORY_CODE_FORM = Problem(
    "sentinel.category_code_form",
    422,
    _("A code has 2 to 40 small letters, digits and dashes, a letter first. Choose another code."),
)
CATEGORY_CODE_TAKEN = Problem(
    "sentinel.category_code_taken", 409, _("Another category has this code already. Choose another one.")
)
JOB_RULE_TAKEN = Problem(
    "sentinel.job_rule_taken", 409, _("This job type has a rule already. Change that one.")
)
CATEGORY_NAME_TAKEN = Problem(
    "sentinel.category_name_taken",
    409,
    _("“{name}” already is the name of the category {code}. Choose another name."),
)
CATEGORY_NAME_EMPTY = Problem(
    "sentinel.category_name_empty", 422, _("The name of the category is missing. Fill it in.")
)
CATEGORY_IN_USE = Problem(
    "sentinel.category_in_use",
    409,
    _(
        "{organizations} organisations still stand in this category. Remove them first, or switch its rule off."
    ),
)
DEPARTMENT_UNKNOWN = Problem(
    "sentinel.department_unknown",
    422,
    _("There is no department with the code “{found}”. Known codes: {known}."),
)

RANGE_REVERSED = Problem(
    "sentinel.range_reversed",
    422,
    _("The range begins on {first}, after its end on {last}. Swap the two days."),
)

# --- testing rules ----------------------------------------------------------------------------------------------
RULE_FORMAT = Problem(
    "sentinel.rule_format",
    422,
    _("“{found}” is not a rule. Write window days / least tests, such as 3/2, or off."),
)
RULE_WINDOW = Problem(
    "sentinel.rule_window",
    422,
    _("A rule looks at 1 to {most} days, not at {found}. Write another number of days."),
)
RULE_LEAST = Problem(
    "sentinel.rule_least", 422, _("A rule asks for 1 to {most} tests, not for {found}. Write another number.")
)
RULE_DAYS = Problem(
    "sentinel.rule_days",
    422,
    _("A window of {window} days cannot hold {least} days with a test. Ask for fewer, or count tests."),
)
JOB_TYPE_EMPTY = Problem(
    "sentinel.job_type_empty", 422, _("The job type is missing. Write it as it stands in the ledger.")
)
OF_RULE = {problem.code: problem for problem in (RULE_FORMAT, RULE_WINDOW, RULE_LEAST, RULE_DAYS)}

# --- extra fields -----------------------------------------------------------------------------------------------
FIELD_AUDIENCE = Problem(
    "sentinel.field_audience", 422, _("A field belongs to the organisations or to the staff of a category.")
)

# --- organisations ----------------------------------------------------------------------------------------------
ORGANIZATION_DUPLICATE = Problem(
    "sentinel.organization_duplicate",
    409,
    _("{town} already has “{name}” in this category. Edit that one instead."),
)
ORGANIZATION_UNKNOWN = Problem(
    "sentinel.organization_unknown",
    422,
    _("There is no “{found}” among your organisations of this category. Enter it first, or check the name."),
)
ORGANIZATION_AMBIGUOUS = Problem(
    "sentinel.organization_ambiguous",
    422,
    _("“{found}” stands in several towns ({towns}). Fill in the column 所属镇街 as well."),
)
ORGANIZATION_OTHER = Problem(
    "sentinel.organization_other",
    422,
    _("This row names “{found}”, but the file is for “{expected}”. Correct the name, or leave it empty."),
)
TABLE_CHANGED = Problem(
    "sentinel.table_changed",
    409,
    _("The organisations have changed since the file was checked. Upload the file again."),
)

# --- staff ------------------------------------------------------------------------------------------------------
STAFF_DUPLICATE = Problem(
    "sentinel.staff_duplicate",
    409,
    _(
        "This document already stands in {organization}: {name}, since {joined_on}."
        " Edit that row, or correct the document number."
    ),
)
JOINED_AHEAD = Problem(
    "sentinel.joined_ahead", 422, _("The day of joining lies more than a year ahead. Check the date.")
)
DUTY_UNKNOWN = Problem(
    "sentinel.duty_unknown", 422, _("There is no duty state “{found}”. Known ones: {known}.")
)
ORGANIZATION_SHARED = Problem(
    "sentinel.organization_shared",
    409,
    _(
        "This organisation stands in a category outside your reach as well, with other particulars. Enter them as they "
        "stand, or ask its town or the command office to change them."
    ),
)
DUTY_ORDER = Problem(
    "sentinel.duty_order", 422, _("The last day lies before the first. Correct one of the two.")
)
SELECTION_EMPTY = Problem(
    "sentinel.selection_empty", 422, _("Nothing was ticked. Tick the rows that are meant, then try again.")
)

LINK_EXPIRED = Problem(
    "sentinel.link_expired", 410, _("This link has expired. The list of every day stands under “Compliance”.")
)

DROPPED_OTHER_NAME = Problem(
    "sentinel.dropped_other_name",
    200,
    _("Dropped: a later row has the same document, but another name. Check both."),
)

# --- putting back -----------------------------------------------------------------------------------------------
RESTORE_ORGANIZATION_GONE = Problem(
    "sentinel.restore_organization_gone",
    409,
    _("“{name}” was removed as a whole by another deletion. Put that one back first."),
)
RESTORE_CATEGORY_GONE = Problem(
    "sentinel.restore_category_gone", 409, _("The category “{name}” is out of use since. Put it back first.")
)
JOB_RULE_EXISTS = Problem(
    "sentinel.job_rule_exists", 409, _("“{job_type}” has another rule by now. Change that one instead.")
)
