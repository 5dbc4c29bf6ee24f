"""What can be wrong with an extra field or its value. The codes are older than this room: rejected rows name them."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

FIELD_CODE_FORM = Problem(
    "sentinel.field_code_form",
    422,
    _("The code of a field has 2 to 40 small letters, digits and underscores, a letter first."),
)
FIELD_NAME_EMPTY = Problem(
    "sentinel.field_name_empty", 422, _("The name of the field is missing. Fill it in.")
)
FIELD_NAME_TAKEN = Problem(
    "sentinel.field_name_taken",
    409,
    _("Another column of this table already answers to “{name}”. Choose another name or code."),
)
FIELD_KIND = Problem("sentinel.field_kind", 422, _("A field is a text, a choice, a date or a number."))
FIELD_CHOICES = Problem(
    "sentinel.field_choices",
    422,
    _("A choice has 2 to {most} different values, none of them empty or longer than {limit} characters."),
)
FIELD_CHOICES_EN = Problem(
    "fields.choices_en",
    422,
    _("Give each choice its English text, in the same order and all different, or none at all."),
)
FIELD_KIND_FIXED = Problem(
    "sentinel.field_kind_fixed",
    409,
    _("Records already use this field, so its kind stays. Remove it and add another with a new code."),
)
FIELD_NUMBER_LONG = Problem(
    "sentinel.field_number_long",
    422,
    _("The number has more than {most} digits. Use a text field for codes."),
)
FIELD_GONE = Problem(
    "sentinel.field_gone",
    409,
    _(
        "An extra field was removed while you filled in this form. Nothing was saved: look at it again, then save."
    ),
)

AT = {
    FIELD_CODE_FORM.code: "code",
    FIELD_NAME_EMPTY.code: "name",
    FIELD_NAME_TAKEN.code: "name",
    FIELD_KIND_FIXED.code: "kind",
    FIELD_CHOICES.code: "choices",
    FIELD_CHOICES_EN.code: "choices_en",
}
"""At which field of the form of a definition a refusal stands."""
