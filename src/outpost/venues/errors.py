"""The problems of venues and check-ins."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

CHECKPOINT_TOO_LONG = Problem(
    "venues.checkpoint_too_long",
    422,
    _("The checkpoint {found} has a name of more than {most} characters. Part several names by 、."),
)
TOO_MANY_CHECKPOINTS = Problem(
    "venues.too_many_checkpoints", 422, _("{found} checkpoints are named, a venue has at most {most}.")
)
MANAGER_TAKEN = Problem(
    "venues.manager_taken",
    409,
    _("Somebody who would be a manager again manages another venue by now. Change that venue first."),
)
MANAGERS_TAKEN = Problem(
    "venues.managers_taken",
    409,
    _("Whoever is named as manager in these rows manages another venue already: {rows}. Name others there."),
)
MANAGER_TWICE = Problem(
    "venues.manager_twice",
    409,
    _("An earlier row names this phone as manager of another venue. A person manages one."),
)
NAME_TAKEN = Problem(
    "venues.name_taken",
    409,
    _("There is a venue {name} in {town} already. Tell them apart by the full unit name."),
)
KIND_TAKEN = Problem("venues.kind_taken", 409, _("There is a kind of venue {name} already."))
CHECKPOINT_TAKEN = Problem("venues.checkpoint_taken", 409, _("The venue has a checkpoint {name} already."))
ONE_CHECKPOINT = Problem("venues.one_checkpoint", 422, _("Give the checkpoint one name."))
MANAGES_ANOTHER = Problem(
    "venues.manages_another", 409, _("This phone manages another venue already. A person manages one.")
)
STANDS_ALREADY = Problem(
    "venues.stands_already",
    409,
    _("{town} has a venue {name} that has its manager or was entered by others. Leave this row out."),
)
KIND_OF_OTHERS = Problem(
    "venues.kind_of_others",
    403,
    _("Your department does not answer for this kind of venue. It answers for: {kinds}."),
)
NO_BRANCHES = Problem(
    "venues.no_branches",
    403,
    _("No officer has said yet how many branches you may enter. Ask the town of your venue."),
)
TOO_MANY_BRANCHES = Problem(
    "venues.too_many_branches",
    422,
    _("You may enter {most} branches, and {standing} stand already. Ask the town of your venue for more."),
)
WHOSE_VENUES = Problem(
    "venues.whose_venues",
    422,
    _(
        "Say in whose name these venues are entered: either a bureau's (--department CODE), or a chain's "
        "(--chain with the name of the venue at its head)."
    ),
)
UNKNOWN_DEPARTMENT = Problem(
    "venues.unknown_department",
    404,
    _("There is no department with the code {code}. There are: {known}."),
)
HAS_ITS_MANAGER = Problem(
    "venues.has_its_manager", 409, _("The venue has its manager by now, who names whoever comes next.")
)
NOBODY_WAITS = Problem(
    "venues.nobody_waits", 409, _("Nobody is asked just now. Name who shall manage the venue.")
)
HAS_DECLINED = Problem(
    "venues.has_declined",
    409,
    _("They said no to this venue within the last week. Name somebody else, or talk to them first."),
)
TOO_MANY_OF_CHAIN = Problem(
    "venues.too_many_of_chain",
    429,
    _("Your branches asked {asked} people within a day, and {most} are allowed. Name the others tomorrow."),
)
NAMED_ONESELF = Problem("venues.named_oneself", 422, _("You manage the venue already. Name somebody else."))
TOO_MANY_NAMED = Problem(
    "venues.too_many_named",
    429,
    _("Many were named today, and each got a message. Name the next one in {wait}."),
)
NAME_LIKE_ADDRESS = Problem(
    "venues.name_like_address",
    422,
    _("{name} reads like an address. Give the full name of the unit; or say below that it is called so."),
)
NAME_ABBREVIATED = Problem(
    "venues.name_abbreviated",
    422,
    _("{name} reads like a short form. Give the full name of the unit; or say below that it is called so."),
)
NAME_UNLIKE_CODE = Problem(
    "venues.name_unlike_code",
    422,
    _(
        "Under this credit code stands {known}. Give the same name if it is the same unit; if yours is another place "
        "of it, say below that it is called so."
    ),
)
TOO_MANY_NAMES_ASKED = Problem(
    "venues.too_many_names_asked",
    429,
    _("Many credit codes were stated from this phone today. Go on in {wait}, or confirm the name below."),
)
TOO_MANY_CREATED = Problem(
    "venues.too_many_created",
    429,
    _("This account has created many venues today. Create the next one in {wait}, or ask your town."),
)
VENUES_CHANGED = Problem(
    "venues.table_changed",
    409,
    _("Somebody changed these venues since the file was checked. Send the file again."),
)
UNKNOWN_VENUE = Problem("venues.unknown", 404, _("There is no venue called {name}."))
UNKNOWN_CHECKPOINT = Problem(
    "venues.unknown_checkpoint", 422, _("The venue has no checkpoint {found}. It has: {known}.")
)
TIME_OF_DAY_MISSING = Problem(
    "venues.time_of_day_missing", 422, _("The time of day is missing. Write it as 2022-06-01 08:30.")
)
LEFT_WRONGLY = Problem(
    "venues.left_wrongly",
    422,
    _(
        "The time of leaving lies before that of the visit, ahead of now, or more than 7 days after. Check both."
    ),
)
SEVERAL_VENUES = Problem(
    "venues.several", 409, _("Several venues are called {name}. Name one by its id: {found}.")
)
GATE_FORM = Problem("venues.gate_form", 422, _("The form of the entry holds what cannot be. Update the app."))
GATE_CHECKPOINT = Problem(
    "venues.gate_checkpoint", 422, _("The checkpoint is none of this venue, or was closed by then.")
)
GATE_PASS = Problem("venues.gate_pass", 422, _("The pass was not made here. Enter the visit by document."))
GATE_DOCUMENT = Problem(
    "venues.gate_document",
    422,
    _("The document number cannot be right. Enter the visit by hand from the card."),
)
GATE_NAME = Problem(
    "venues.gate_name", 422, _("The name cannot be right. Enter the visit by hand from the card.")
)
GATE_PHONE = Problem("venues.gate_phone", 422, _("The phone number cannot be right. Ask for it again."))
NO_POSTERS = Problem(
    "venues.no_posters",
    422,
    _("No venue among these has an open checkpoint, so there is no poster to print."),
)
TOO_MANY_POSTERS = Problem(
    "venues.too_many_posters",
    422,
    _("These are {found} posters; a file holds {most}. Narrow the list by town or kind, and print in parts."),
)
NO_OPEN_VISIT = Problem(
    "venues.no_open_visit",
    409,
    _(
        "This visit has ended already, or began more than a day ago. What counts now stands in your check-ins."
    ),
)
LEFT_AT_ONCE = Problem(
    "venues.left_at_once",
    422,
    _(
        "Between coming and leaving lies less than a minute, so this was not recorded. The visit goes on: touch once "
        "more when you leave."
    ),
)
CODE_DAMAGED = Problem(
    "venues.code_damaged",
    422,
    _("This is no venue code of this district. Scan the poster at the entrance again, or ask the staff."),
)
CODE_ENDED = Problem(
    "venues.code_ended",
    422,
    _(
        "This venue code is no longer valid: there is a new poster, or this entrance is closed. "
        "Scan the poster that hangs here now, or ask the staff."
    ),
)
CODE_MISTYPED = Problem(
    "venues.code_mistyped",
    422,
    _("No venue code of this district reads so. Compare it with the poster: twice five letters and digits."),
)
ABNORMAL_CLOSED = Problem(
    "venues.abnormal_closed", 409, _("Somebody has said already what became of it. It stands in the list.")
)
JOIN_CODE_UNKNOWN = Problem(
    "venues.join_code_unknown",
    404,
    _("No venue of this district gave out this join code. Compare it with what your manager sent you."),
)
JOIN_CODE_ENDED = Problem(
    "venues.join_code_ended", 422, _("This join code is no longer good. Ask your manager for the new one.")
)
JOIN_CODE_LEFT = Problem(
    "venues.join_code_left",
    422,
    _(
        "You were unbound from this venue, or left it, after this join code was made. Ask your manager for a new one."
    ),
)
JOIN_CODE_FULL = Problem(
    "venues.join_code_full",
    422,
    _(
        "The venue has as many inspectors as its join code lets in. Ask your manager to unbind who left, or for a new "
        "code."
    ),
)
NO_GLYPH = Problem(
    "venues.no_glyph",
    422,
    _(
        "The poster of {venue} cannot show the character {character} ({code_point}): the font lacks it. "
        "Print its code as a picture, and write the name beside it."
    ),
)
TIME_AHEAD = Problem(
    "venues.time_ahead", 422, _("The time of the visit lies ahead. Set the clock of the phone and try again.")
)
TIME_PAST = Problem(
    "venues.time_past", 422, _("The visit was more than 14 days ago, and is not recorded any more.")
)
NO_TEMPERATURE = Problem(
    "venues.no_temperature", 422, _("The temperature must lie between 34.0 and 43.0. Measure again.")
)
OTHER_CONTENT = Problem(
    "venues.other_content", 409, _("A check-in of this id says something else; the first one stands.")
)
