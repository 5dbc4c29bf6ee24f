"""The problems of people and their documents. No message repeats a name or a number."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

DOCUMENT_TYPE_UNKNOWN = Problem(
    "people.document_type_unknown",
    422,
    _(
        "This document type is not known. Write one of: resident ID card, Hong Kong and Macao travel permit,"
        " Taiwan travel permit, passport, foreign permanent resident ID card, birth certificate, other."
    ),
)
DOCUMENT_TYPE_MISSING = Problem(
    "people.document_type_missing",
    422,
    _(
        "This is no ID number, but looks like the number of a passport or a permit. Then the document type must be"
        " stated beside it."
    ),
)
NAME_LOST = Problem(
    "people.name_lost",
    422,
    _(
        "Characters of this were lost on the way: a question mark, a code or a sign stands in their place. Type it"
        " again as in the document; for a rare character use an input method of GB 18030, or its pinyin in capitals."
    ),
)
DOCUMENT_EMPTY = Problem("people.document_empty", 422, _("The document number is missing. Fill it in."))
DOCUMENT_LENGTH = Problem(
    "people.document_length",
    422,
    _("The document number has {found} characters, {expected} are expected. Check it against the document."),
)
DOCUMENT_LOST_CHARACTER = Problem(
    "people.document_lost_character",
    422,
    _(
        "The document number has 17 characters, 18 are expected. Check whether a digit or the last X was lost."
    ),
)
DOCUMENT_CHARACTERS = Problem(
    "people.document_characters",
    422,
    _(
        "The ID number holds other characters than digits. Only the last may be the letter X;"
        " check for the letters O and l in place of 0 and 1, and the document type."
    ),
)
DOCUMENT_PROVINCE = Problem(
    "people.document_province",
    422,
    _("The first two digits of the ID number are the code of no province. Check the first digits."),
)
DOCUMENT_BIRTH_DATE = Problem(
    "people.document_birth_date",
    422,
    _("The birth date in the ID number (digits {first} to {last}) does not exist. Check these digits."),
)
DOCUMENT_BIRTH_DATE_AHEAD = Problem(
    "people.document_birth_date_ahead",
    422,
    _("The birth date in the ID number (digits {first} to {last}) lies in the future. Check these digits."),
)
DOCUMENT_CHECK_DIGIT = Problem(
    "people.document_check_digit",
    422,
    _(
        "The last character of the ID number does not fit the other 17: at least one character is wrong or two"
        " are swapped. Check it against the document."
    ),
)
DOCUMENT_SCIENTIFIC = Problem(
    "people.document_scientific",
    422,
    _(
        "A spreadsheet has turned the document number into scientific notation (such as 4.4E+17) and its last"
        " digits are lost. Set the column to text and enter the number again."
    ),
)
DOCUMENT_DECIMAL = Problem(
    "people.document_decimal",
    422,
    _(
        "A program has turned the document number into a decimal number and its last digits are not to be trusted."
        " Set the column to text and enter the number again."
    ),
)
DOCUMENT_ZEROS = Problem(
    "people.document_zeros",
    422,
    _(
        "The ID number ends in 000 and its last character does not fit: Excel keeps only 15 digits of a number and"
        " has replaced the last three. Set the column to text and enter the number again."
    ),
)
DOCUMENT_MASKED = Problem(
    "people.document_masked",
    422,
    _(
        "The document number is masked with stars. Fill in the whole number, or export again with identities in clear."
    ),
)
DOCUMENT_COUNTY = Problem(
    "people.document_county",
    200,
    _(
        "The first six digits of the ID number are the code of no county that is known today. It was accepted."
    ),
)
FOREIGN_RESIDENT_FORMAT = Problem(
    "people.foreign_resident_format",
    422,
    _(
        "A foreign permanent resident ID number has 18 digits beginning with 9, or in the old form three letters"
        " and 12 digits. Check it against the document."
    ),
)
HK_MACAO_FORMAT = Problem(
    "people.hk_macao_format",
    422,
    _(
        "A Hong Kong and Macao travel permit has the letter H or M and 8 digits, or HA or MA and 7 digits. Check it"
        " against the document."
    ),
)
TAIWAN_FORMAT = Problem(
    "people.taiwan_format", 422, _("A Taiwan travel permit has 8 digits. Check it against the document.")
)
PASSPORT_FORMAT = Problem(
    "people.passport_format",
    422,
    _(
        "A passport number has 5 to 15 letters and digits, with digits among them. Check it against the document."
    ),
)
BIRTH_CERTIFICATE_FORMAT = Problem(
    "people.birth_certificate_format",
    422,
    _("A birth certificate has one letter and 9 digits. Check it against the document."),
)
OTHER_FORMAT = Problem(
    "people.other_format",
    422,
    _(
        "A document number has 4 to 32 letters, digits and dashes, with digits among them. Check the document type."
    ),
)
NAME_EMPTY = Problem("people.name_empty", 422, _("The name is missing. Fill it in."))
NAME_LENGTH = Problem(
    "people.name_length",
    422,
    _("The name has {found} characters, at most {expected} are expected. Shorten it."),
)
NAME_CHARACTERS = Problem(
    "people.name_characters",
    422,
    _(
        "The name holds no letter, or signs that stand in no name. Check it; in a table, whether columns were "
        "shifted."
    ),
)
PURPOSE_MISSING = Problem(
    "people.purpose_missing", 422, _("Say for what purpose you need to see identities; it will be recorded.")
)
PURPOSE_UNKNOWN = Problem(
    "people.purpose_unknown",
    422,
    _("This purpose does not allow to see identities. Choose one from the list."),
)
REVEAL_TOO_MANY = Problem(
    "people.reveal_too_many",
    422,
    _("At most {limit} identities can be revealed at once, {found} were asked for. Narrow the selection."),
)
REAL_NAME_STANDS = Problem(
    "people.real_name_stands",
    409,
    _("This account has a real name already. To speak for another document, close the account first."),
)
CLAIM_WAITS = Problem(
    "people.claim_waits",
    409,
    _("What you stated waits for a decision. Show your card in the town you chose, or withdraw it."),
)
TOO_MANY_STATEMENTS = Problem(
    "people.too_many_statements",
    429,
    _(
        "A name and document were stated from this phone several times today. It goes on tomorrow; the town helps with"
        " your card at once."
    ),
)
CARD_DIFFERS = Problem(
    "people.card_differs",
    422,
    _("This is not the number that the ticket is about. Compare the card with the masked number once more."),
)
NOT_STATED_SO = Problem(
    "people.not_stated_so",
    422,
    _(
        "No account of this phone has stated this document and waits to be seen. Compare number and phone; if another"
        " phone speaks for it, the person states it on theirs, and it becomes a ticket."
    ),
)
DOCUMENT_WAITS = Problem(
    "people.document_waits",
    409,
    _(
        "A document that you stated waits already. Show both papers to an officer of your town, or withdraw it."
    ),
)
PAPERS_DIFFER = Problem(
    "people.papers_differ",
    422,
    _(
        "No account of this phone has stated these two documents. Compare both numbers and the phone; what is missing, "
        "the person states on their phone first."
    ),
)
REAL_NAME_MISSING = Problem(
    "people.real_name_missing", 409, _("State your own real name first, then for whom you act.")
)
DEPENDANT_IS_SELF = Problem(
    "people.dependant_is_self", 422, _("This is your own document. State the one of whom you act for.")
)
DEPENDANTS_ENOUGH = Problem(
    "people.dependants_enough", 409, _("An account acts for {most} people at most. Undo one first.")
)
LINK_IS_SELF = Problem(
    "people.link_is_self",
    422,
    _("This is the document under which the person is known here already. State the second one."),
)
LINKED_ALREADY = Problem(
    "people.linked_already", 409, _("This document counts for the person already. Nothing is left to do.")
)
LINKS_ENOUGH = Problem(
    "people.links_enough",
    409,
    _("At most {most} documents count for one person. Look whether one of them is somebody else's."),
)
TOO_MANY_LINKS = Problem(
    "people.too_many_links",
    429,
    _("At most {most} second documents are stated by one officer in a day. It goes on tomorrow."),
)
