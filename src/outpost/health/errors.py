"""The problems of health facts: of one record, and of the list of vaccines."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

# --- one record -----------------------------------------------------------------------------------------------
SOURCE_FORM = Problem(
    "health.source_form",
    422,
    _("The source is the name of a system: letters, digits, spaces and . _ - only. Write another name."),
)
SOURCE_NOT_YOURS = Problem(
    "health.source_not_yours",
    403,
    _(
        "You may not deliver records of this source: a token or account delivers for the source that it was given over."
        " Write that name, or ask for a right over this source."
    ),
)
SAMPLED_AHEAD = Problem(
    "health.sampled_ahead", 422, _("The sampling time lies in the future. Check the date and the time.")
)
RESULT_AHEAD = Problem(
    "health.result_ahead", 422, _("The time of the result lies in the future. Check the date and the time.")
)
RESULT_BEFORE_SAMPLE = Problem(
    "health.result_before_sample",
    422,
    _("The result is earlier than the sample. Check whether the two times were swapped."),
)
DECLARED_AHEAD = Problem(
    "health.declared_ahead",
    422,
    _("The time of the declaration lies in the future. Check the date and the time."),
)
DISPOSED_AHEAD = Problem(
    "health.disposed_ahead",
    422,
    _("The disposition begins in the future. Enter it once it holds, or check the date and the time."),
)
TEMPERATURE = Problem(
    "health.temperature",
    422,
    _("A temperature lies between {lowest} and {highest} °C. Measure again, or check what was typed."),
)
GIVEN_BEFORE_BIRTH = Problem(
    "health.given_before_birth",
    422,
    _("The day of the dose lies before the day of birth in the document number. Check both."),
)
GIVEN_AHEAD = Problem("health.given_ahead", 422, _("The day of the dose lies in the future. Check the date."))
TOO_LONG_AGO = Problem(
    "health.too_long_ago", 422, _("The date lies before {year}. Check whether digits were mistyped.")
)
PRODUCT_UNKNOWN = Problem(
    "health.product_unknown", 422, _("“{value}” is not a known vaccine. Known ones: {products}.")
)

OTHER_PERSON = Problem(
    "health.other_person",
    422,
    _(
        "This source has reported the same record id for another person. If it is a correction, send the row with the"
        " status “corrected”; else give the record an id of its own."
    ),
)
OTHER_DAY = Problem(
    "health.other_day",
    422,
    _(
        "This source has reported the same record id for a sample of another day. If it is a correction, send the row"
        " with the status “corrected”; else give the record an id of its own, one that does not begin anew each day."
    ),
)

OTHER_DISPOSITION = Problem(
    "health.other_disposition",
    422,
    _(
        "Another disposition of this person begins at the same instant. What was decided is not rewritten: enter the"
        " new one with its own, later time."
    ),
)

AGREED_STAYS = Problem(
    "health.agreed_stays",
    409,
    _(
        "Two officers agreed to this disposition as it stands. What was decided is not rewritten: enter a new one with"
        " its own, later time."
    ),
)
DISPOSITIONS_AGREED = Problem(
    "health.dispositions_agreed",
    409,
    _(
        "A second officer has agreed to dispositions of this file: one person does not take them back. Enter the new"
        " disposition of each person instead, such as “may enter”."
    ),
)

# --- what is told of a record that was taken --------------------------------------------------------------------
OTHER_NAME = Problem(
    "health.other_name",
    200,
    _(
        "The name differs from that of the ledger. A mistyped number is often somebody else's: check the number."
    ),
)
OLDER_RESULT = Problem(
    "health.older_result",
    200,
    _("A later result of this record is known already; it stays. This one is older."),
)
RESULT_STAYS = Problem(
    "health.result_stays",
    200,
    _(
        "A result of this record is known already; it stays, though the row has none. To take it back, send the status"
        " “corrected”."
    ),
)
STAYS_WITHDRAWN = Problem(
    "health.stays_withdrawn",
    200,
    _("This record was withdrawn and stays so. To make it count again, send the status “active”."),
)

# --- the list of vaccines ---------------------------------------------------------------------------------------
PRODUCT_NAME_TAKEN = Problem(
    "health.product_name_taken",
    409,
    _("“{name}” already stands for the vaccine {product}. Choose another name."),
)
PRODUCT_CODE_FORM = Problem(
    "health.product_code_form",
    422,
    _("A code has 2 to 40 small letters, digits and dashes. Choose another code."),
)
PRODUCT_NUMBERS = Problem(
    "health.product_numbers", 422, _("A vaccine has 1 to 3 doses; intervals are between 0 and 3650 days.")
)

# --- the pass ---------------------------------------------------------------------------------------------------
PASS_RULES_TERM = Problem(
    "health.pass_rules_term",
    422,
    _("A set of rules holds until a day within the next {days} days. Choose another day."),
)
OBJECTION_TEXT = Problem("health.objection_text", 422, _("Write between 1 and {limit} characters."))
OBJECTION_OPEN = Problem(
    "health.objection_open",
    409,
    _("An objection to this pass waits for its answer already. Wait for that, or ask the command by phone."),
)
NOTHING_TO_OBJECT = Problem(
    "health.nothing_to_object", 409, _("This pass is green: there is nothing to object to.")
)
RISK_AREA_KNOWN = Problem(
    "health.risk_area_known", 409, _("“{name}” is a risk area already. End it first if its level changes.")
)
EXPOSURE_SPAN = Problem(
    "health.exposure_span",
    422,
    _("An exposure begins in the past and counts until a day after that, at most {most} days from today."),
)
EXPOSURE_GROUND = Problem("health.exposure_ground", 422, _("State the ground in 1 to {limit} characters."))
EXPOSURE_PEOPLE = Problem(
    "health.exposure_people", 422, _("At one time 1 to {most} people are stated as exposed.")
)
QUESTION_SPAN = Problem(
    "health.question_span", 422, _("The last day lies before the first. Choose another day.")
)
QUESTIONS_MANY = Problem(
    "health.questions_many",
    409,
    _("A declaration asks at most {most} questions of the district's own. Let another one end first."),
)
TOO_MANY_OF_DAY = Problem(
    "health.too_many_of_day",
    429,
    _("That is enough for today from this account. Try again in {wait}, or go to your town."),
)
TEMPERATURE_NOT_READ = Problem(
    "health.temperature_not_read",
    422,
    _("{found} is no temperature in °C with one decimal, such as 36.5. Leave it empty if none was taken."),
)
TEMPERATURE_PROPOSED = Problem(
    "health.temperature_proposed",
    422,
    _("{found} is no temperature of a person in °C. Was it {proposed}? Then type that."),
)
NONE_AND_SOME = Problem(
    "health.none_and_some",
    422,
    _("It says that there are no symptoms, and names some. Leave one of both out."),
)
SYMPTOM_UNKNOWN = Problem(
    "health.symptom_unknown", 422, _("“{found}” is none of the symptoms. Known ones: {known}; 无 for none.")
)
FEVER_NOT_SAID = Problem(
    "health.fever_not_said",
    422,
    _(
        "The temperature is a fever, and the symptom fever is not ticked. Correct one of both, or keep both as they "
        "are."
    ),
)
FEVER_NOT_MEASURED = Problem(
    "health.fever_not_measured",
    422,
    _("Fever is ticked, and the temperature is none. Correct one of both, or keep both as they are."),
)
CONTRADICTORY = Problem(
    "health.contradictory",
    200,
    _(
        "Temperature and symptom fever contradict each other. Both were kept as they are; look at the person again."
    ),
)
FAILED_READING = Problem(
    "health.failed_reading",
    200,
    _(
        "A temperature below 35.0 °C is a failed measurement. It was kept and counts for nobody as well: measure again."
    ),
)
OTHER_REPORT = Problem(
    "health.other_report",
    409,
    _(
        "Another report of this person at this moment is known or stands in this file; what was first stays. Give a "
        "correction its own, later time."
    ),
)
GROUND_KIND_MISSING = Problem(
    "health.ground_kind_missing",
    422,
    _("Nobody is held without a ground of the list: choose which one it is, and write what it rests on."),
)
GROUND_MISSING = Problem(
    "health.ground_missing", 422, _("Say on which ground, in {least} characters or more.")
)
MEANS_MISSING = Problem("health.means_missing", 422, _("Say where: the place of isolation, or the hospital."))
RELEASES_CHANGED = Problem(
    "health.releases_changed",
    409,
    _(
        "What you saw has changed since: somebody was added, left out or decided about. Look at the list again."
    ),
)
NOTHING_TO_RELEASE = Problem(
    "health.nothing_to_release", 409, _("Of nobody all is done now that an order asks for.")
)
TOO_MANY_RELEASES = Problem(
    "health.too_many_releases", 429, _("Too many releases were asked for within the hour. Wait a while.")
)
END_BEFORE_START = Problem(
    "health.end_before_start",
    422,
    _("The last day lies before the first. Check both, or leave the last day empty."),
)
END_OF_LIFTING = Problem(
    "health.end_of_lifting", 422, _("Who may enter is held no more, so there is no last day: leave it empty.")
)
START_OUT_OF_RANGE = Problem(
    "health.start_out_of_range",
    422,
    _(
        "It begins now, or later within {days} days. Leave the start empty for from the second officer's word on."
    ),
)
LIFTING_RULES_SAME = Problem(
    "health.lifting_rules_same", 422, _("These rules hold already: change at least one number.")
)
ONE_COMES = Problem(
    "health.one_comes",
    409,
    _("Another disposition of this person begins later: {disposition}, {at}. Lift that one first."),
)
NOTHING_TO_LIFT = Problem(
    "health.nothing_to_lift", 409, _("Nothing holds of this person that could be lifted.")
)
PROPOSAL_WAITS = Problem(
    "health.proposal_waits", 409, _("Another proposal about this person waits. Decide about that one first.")
)
NOT_PROPOSED_TO_LIFT = Problem(
    "health.not_proposed_to_lift",
    409,
    _("Nobody has proposed to let them in again: drop this proposal, and propose that with its ground."),
)
PROPOSED_TO_LIFT = Problem(
    "health.proposed_to_lift",
    409,
    _(
        "It was proposed to let them in again: drop this proposal, and propose the other disposition with its ground."
    ),
)
SOONER_THAN_PROPOSED = Problem(
    "health.sooner_than_proposed",
    422,
    _("They were proposed to be let in from {at} on. Nobody is let in sooner by one officer's word."),
)
OWN_PROPOSAL = Problem(
    "health.own_proposal", 409, _("You proposed this yourself: another officer decides about it.")
)
