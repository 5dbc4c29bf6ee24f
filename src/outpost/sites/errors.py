"""The problems of construction sites."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

FILED_ELSEWHERE = Problem(
    "sites.filed_elsewhere",
    409,
    _(
        "This number is filed in a town beyond your reach. Compare it with the filing; if it is right, "
        "ask the district."
    ),
)
OTHER_PROJECT = Problem(
    "sites.other_project",
    409,
    _(
        "The contract {number} is filed under the project {known}. A contract keeps its project: compare both numbers."
    ),
)
CONTRACT_CLOSED = Problem(
    "sites.contract_closed",
    409,
    _(
        "The contract {number} was closed. Within a day it can be put back under Deleted; a new one has a new number."
    ),
)
STATED_TWICE = Problem(
    "sites.stated_twice",
    409,
    _("An earlier row states this contract otherwise. The rows of a contract differ in the employer alone."),
)
PROJECT_TWICE = Problem(
    "sites.project_twice",
    409,
    _(
        "An earlier row states this project otherwise. All contracts of a project give it the same name and place."
    ),
)
PROJECT_DIFFERS = Problem(
    "sites.project_differs",
    409,
    _(
        "For this filing number {known} is on record. Enter the same, or change it on the page of a contract of the "
        "project."
    ),
)
NUMBER_FILED = Problem(
    "sites.number_filed", 409, _("The contract {number} is filed already. Look for it, then change it there.")
)
CLOSED_HOW = Problem(
    "sites.closed_how", 422, _("closed must be true or false. Leave it out for a contract that goes on.")
)
EMPLOYER_IN_USE = Problem(
    "sites.employer_in_use",
    409,
    _("People are registered under {names}. Withdraw them or register them elsewhere first."),
)
TOO_MANY_EMPLOYERS = Problem(
    "sites.too_many_employers", 422, _("A form takes {most} employers at most. Import a table for more.")
)
LEAD_HALF = Problem("sites.lead_half", 422, _("A lead has a name and a phone. Fill in both or neither."))
CONTRACTS_CHANGED = Problem(
    "sites.table_changed",
    409,
    _("Somebody changed these contracts since the file was checked. Send the file again."),
)
NUMBER_TAKEN = Problem(
    "sites.number_taken", 409, _("There is another contract of this number by now. Look at that one first.")
)
UNKNOWN_CONTRACT = Problem(
    "sites.unknown_contract", 404, _("There is no contract of the number {number}. File the contract first.")
)
UNKNOWN_EMPLOYER = Problem(
    "sites.unknown_employer",
    422,
    _(
        "{found} is no employer under this contract; it has: {known}. File the contract with this employer first."
    ),
)
DECLARE_FIRST = Problem(
    "sites.declare_first",
    409,
    _(
        "There is no health declaration under this number and name of the last {days} days. They declare first; then "
        "send this row again."
    ),
)
OF_OTHERS = Problem(
    "sites.of_others",
    409,
    _(
        "The people in these rows are registered under this contract by another employer: {rows}. Take the rows out; "
        "if they changed to you, the site's lead registers them anew."
    ),
)
AUTHORISED_ALREADY = Problem(
    "sites.authorised_already",
    409,
    _(
        "This person, or somebody with this phone, is authorised for this employer already. End that one first."
    ),
)
TOO_MANY_USERS = Problem(
    "sites.too_many_users", 409, _("An employer has at most {most} registrars. End those who left first.")
)
LAST_DAY_WHEN = Problem(
    "sites.last_day_when", 422, _("The last day lies between today and {latest}. Leave it empty for no end.")
)
REGISTERED_AGAIN = Problem(
    "sites.registered_again",
    409,
    _("This person was registered under the contract again. There is nothing to put back."),
)

ORDERED = Problem("sites.ordered", 409, _("Disposition: {disposition}. The command has to lift it."))
TESTED_POSITIVE = Problem("sites.tested_positive", 409, _("The command has to decide “may enter” first."))
NOT_DECLARED = Problem(
    "sites.not_declared", 409, _("There is no health declaration under this number and name.")
)
AWAY_TOO_LONG = Problem(
    "sites.away_too_long",
    409,
    _("Away for {away} full days, more than {most}: declare anew before coming back."),
)
ISOLATION_RUNS = Problem(
    "sites.isolation_runs", 409, _("Isolation of {days} days, {done} done in full; may enter from {on} on.")
)
TESTS_MISSING = Problem(
    "sites.tests_missing",
    409,
    _("{tests} negative tests on different days are needed after the journey; {done} so far."),
)
ALREADY_INSIDE = Problem("sites.already_inside", 409, _("On this site already."))
NOT_INSIDE = Problem("sites.not_inside", 409, _("Not on this site."))
OUT_OF_ORDER = Problem(
    "sites.out_of_order", 409, _("Something later is known of this person: {known}. Give a later time.")
)
PASSED_WHEN = Problem(
    "sites.passed_when", 422, _("{found} lies ahead, or more than {most} days back. Check the time.")
)
NOT_OF_THIS_SITE = Problem(
    "sites.not_of_this_site",
    404,
    _(
        "Nobody is registered under this contract by what this row states. Register them first, or compare the number."
    ),
)
TIME_OF_DAY_MISSING = Problem(
    "sites.time_of_day_missing", 422, _("Say the time of day, too, as in 2022-06-01 08:30.")
)
SAYS_NOTHING = Problem(
    "sites.says_nothing", 422, _("Give a temperature, the symptoms, or 无 for somebody who has none.")
)
STILL_INSIDE = Problem(
    "sites.still_inside", 409, _("{count} people are still on site. Let them leave first.")
)
EXPIRES_WHEN = Problem(
    "sites.expires_when", 422, _("An exception ends at least tomorrow and at most after {most} days.")
)
REASON_MISSING = Problem("sites.reason_missing", 422, _("Say why in some words."))
GROUND_MISSING = Problem("sites.ground_missing", 422, _("Say in some words what was found out."))
ADDRESS_AGREES = Problem(
    "sites.address_agrees",
    409,
    _("Nothing is open about this address any more: both statements agree, or somebody said that they stay."),
)
EXCEPTION_WAITS = Problem(
    "sites.exception_waits", 409, _("There is an exception for this person already. Look at that one first.")
)
RULE_KNOWN = Problem(
    "sites.rule_known", 409, _("A rule for {place} holds already. End it before you add another one.")
)
DECLARE_FIRST_ALONE = Problem(
    "sites.declare_first_alone",
    409,
    _(
        "There is no health declaration under this number and name of the last {days} days. They declare first, by the "
        "code on this page; then try again."
    ),
)
REGISTERED_HERE = Problem(
    "sites.registered_here", 409, _("This person is registered under this contract already.")
)
FAMILY_HERE = Problem(
    "sites.family_here",
    409,
    _(
        "This person stands as accompanying family under this contract already. Withdraw that first if it is wrong."
    ),
)
FAMILY_TOO_LARGE = Problem(
    "sites.family_too_large", 409, _("At most {most} people come with one person. Withdraw who left first.")
)
FAMILY_TWICE = Problem(
    "sites.family_twice",
    409,
    _("This person stands in the file under two people. Keep the row of whom they come with."),
)
FAMILY_UNDECLARED = Problem(
    "sites.family_undeclared",
    409,
    _(
        "There is no health declaration under this number and name of the last {days} days. They declare first; then "
        "send the row again."
    ),
)
CHILD_ALONE = Problem(
    "sites.child_alone",
    422,
    _("A birth certificate stands for a child. Choose the relation child or other, or another document."),
)
FAMILY_STAYS_OUTSIDE = Problem(
    "sites.family_stays_outside",
    409,
    _(
        "Accompanying family, which never enters the site. Whoever works here is registered in their own name."
    ),
)
FAMILY_ROWS = Problem(
    "sites.family_rows",
    409,
    _(
        "These rows name people who stand as accompanying family under this contract: {rows}. Withdraw that first if "
        "it is wrong."
    ),
)
TOO_MANY_FETCHED = Problem(
    "sites.too_many_fetched",
    429,
    _("So many people are registered by a table, not by hand. Wait {wait}, or import a table."),
)
CONFIRMED_LATER = Problem(
    "sites.confirmed_later", 422, _("{found} has not come yet. Give the day on which it was confirmed.")
)
BEFORE_PREDECESSOR = Problem(
    "sites.before_predecessor",
    422,
    _("Whose place this is was confirmed on {known} only. A successor begins that day or later."),
)
NOBODY_TO_SUCCEED = Problem(
    "sites.nobody_to_succeed",
    409,
    _("Whose place this is has left the group meanwhile. Look at the group, then add this person."),
)
TOO_MANY_MEMBERS = Problem(
    "sites.too_many_members", 409, _("A group has at most {most} people. End those who left it first.")
)
MEMBER_ENDED = Problem(
    "sites.member_ended", 409, _("This person left the group on {known}. What was is not changed any more.")
)
NOT_SO_MANY = Problem(
    "sites.not_so_many",
    409,
    _(
        "On {day} there are {left} {unit} that can leave the stock, counting what went out since; you state {found}."
    ),
)
MOVED_LATER = Problem(
    "sites.moved_later", 422, _("{found} has not come yet. A movement is entered once it happened.")
)
MOVED_LONG_AGO = Problem(
    "sites.moved_long_ago",
    422,
    _("{found} is more than a year ago. State what is left of it as today's stock."),
)
UNKNOWN_ITEM = Problem(
    "sites.unknown_item", 422, _("This item is not in the list of supplies any more. Choose another one.")
)
CORRECTED_ALREADY = Problem("sites.corrected_already", 409, _("This movement was taken back already."))
IS_CORRECTION = Problem(
    "sites.is_correction", 409, _("This takes another movement back. Enter what is right as a new movement.")
)
ITEM_TAKEN = Problem("sites.item_taken", 409, _("There is an item {name} already."))
UNIT_IN_USE = Problem(
    "sites.unit_in_use", 409, _("Sites count this item in {known} already. Make a new item for another unit.")
)
TOO_MANY_UPLOADS = Problem(
    "sites.too_many_uploads",
    429,
    _("Many checklists were sent from this account. Go on in {wait}."),
)
NO_DRAFT = Problem(
    "sites.no_draft", 409, _("This version was submitted already. Upload a new one to change it.")
)
NOT_TO_JUDGE = Problem(
    "sites.not_to_judge",
    409,
    _("This version does not wait for a verdict: it is a draft, was judged, or a later one was submitted."),
)
MENDING_MISSING = Problem(
    "sites.mending_missing", 422, _("Say what is to be mended, so that the site knows what to do.")
)
PAPER_GONE = Problem(
    "sites.paper_gone",
    410,
    _(
        "The file of this version is not on this server any more: it was restored from a backup, which holds no files. "
        "What was decided stands; ask the site to upload it again."
    ),
)

GATE_FORM = Problem("sites.gate_form", 422, _("The entry cannot be read. Update the app."))
GATE_PASS = Problem("sites.gate_pass", 422, _("The scanned code is not a pass of this person."))
GATE_TEMPERATURE = Problem(
    "sites.gate_temperature", 422, _("The temperature cannot be one. Enter it by hand if it is known.")
)
GATE_PERSON = Problem("sites.gate_person", 422, _("Nobody is registered like this under this contract."))
GATE_LET_IN = Problem(
    "sites.gate_let_in",
    200,
    _("Let in by an old list: by what was known at that time they may not be there. They count as on site."),
)
GATE_ELSEWHERE = Problem(
    "sites.gate_elsewhere",
    200,
    _("Was on another site until then, where nobody saw them leave. They count as on site here."),
)
GATE_INSIDE = Problem("sites.gate_inside", 409, _("On this site already: nobody saw them leave in between."))
GATE_OUTSIDE = Problem("sites.gate_outside", 409, _("Not on this site: nobody saw them enter."))
GATE_ORDER = Problem(
    "sites.gate_order", 409, _("Something later is known of this person, so this is not counted.")
)
GATE_WITHDRAWN = Problem(
    "sites.gate_withdrawn",
    409,
    _("The registration was withdrawn: they stand in no list. Register them anew, or see that they leave."),
)
GATE_CLOSED = Problem(
    "sites.gate_closed", 409, _("The contract was closed: nobody counts as on site. See that they leave.")
)

AGREED_WORKERS = Problem(
    "sites.agreed_workers",
    422,
    _("{found} workers: a contract states 1 to {most}. Leave it empty where it states none."),
)
UNVERIFIED = Problem(
    "sites.unverified",
    409,
    _(
        "Since {since} the service of declarations has not said whether they declared. It is asked again by itself; "
        "until it answers nobody knows."
    ),
)
WHOLE_DISTRICT = Problem(
    "sites.whole_district",
    403,
    _("The arrivals feed is of the whole district. Your right is over a part of it."),
)
ARRIVALS_ON = Problem("sites.arrivals_are_on", 409, _("The arrivals feed is on already, to this address."))
ARRIVALS_OFF = Problem(
    "sites.arrivals_are_off", 409, _("The arrivals feed is off. Two officers of the district switch it on.")
)
ARRIVALS_MOVED = Problem(
    "sites.arrivals_moved",
    409,
    _("Another address is configured than the one that was asked for. Decline this, and ask anew."),
)
ARRIVALS_HOST = Problem(
    "sites.arrivals_host",
    422,
    _("{host} is not among the hosts that may be called. The operator lists it in OUTPOST_OUTGOING_HOSTS."),
)
NO_SUCH_ARRIVAL = Problem(
    "sites.no_such_arrival",
    422,
    _("There is no record of this number. Kept are those from {first} to {last}."),
)
ARRIVALS_PURGED = Problem(
    "sites.arrivals_purged",
    410,
    _("The next records are not kept any more. The first one is {first}: ask for what comes after {after}."),
)
TOO_MANY_FETCHES = Problem(
    "sites.too_many_fetches", 429, _("That were many calls in an hour. Go on in {wait}.")
)
