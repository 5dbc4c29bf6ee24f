"""The guides as data: for each role a few steps, each with a picture and the page where it is done.

The pictures are made by the browser tests (`make pictures`) from the made-up district, one a language.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from outpost.core.rights import Role
from outpost.web.guide_steps import Guide, GuideStep
from outpost.web.phone_guides import INSPECTOR, MANAGER, SITE_LEAD, SITE_SUPERVISOR, SITE_USER

_FOLLOW_UP = GuideStep(
    _("Follow up who missed"),
    _(
        "Open a category under Compliance. Tick the people, then claim them so that colleagues see who is at it, "
        "answer with the reason, and close what is done. The evidence stands beside each name."
    ),
    "sentinel:compliance",
    "missed",
)
_STATISTICS = GuideStep(
    _("Read and hand on the figures"),
    _(
        "Choose the days and how to group. Every number opens the list behind it; "
        "Export the table gives the same figures as a workbook."
    ),
    "sentinel:nat_statistics",
    "statistics",
)
_CONFIRM = GuideStep(
    _("Confirm name and number"),
    _(
        "Tests and doses show to an employer once name and number are known to belong together. Filter the staff by "
        "Name and number, compare with the document, tick the people and confirm."
    ),
    "sentinel:staff",
)
_SITES = GuideStep(
    _("See who is on the sites"),
    _(
        "Every number above the table opens what it counts, and a contract opens its people. Whoever may no longer "
        "be on site stands under To leave the site, with the reason, until each has left."
    ),
    "sites:supervision",
)
_PRINCIPAL = Guide(
    _("Keep your staff list right, see who must be tested today, answer alerts. All of it works on a phone."),
    (
        GuideStep(
            _("Sign in with your phone"),
            _(
                "Enter the mobile number that your town or bureau has on record, touch Send a code, "
                "and enter the code. There is no password to remember."
            ),
            picture="sign-in",
        ),
        GuideStep(
            _("Without a code from then on"),
            _(
                "Open My account, touch Add a passkey and follow your phone: from then on its lock (finger, face or "
                "code) signs you in. Remove it there before you hand the phone on."
            ),
        ),
        GuideStep(
            _("See who must be tested today"),
            _(
                "The first page says it in one line. Below stands everybody by name: overdue, due today, due tomorrow. "
                "Touch a name to see the tests that were found."
            ),
            "sentinel:today",
            "today",
        ),
        GuideStep(
            _("Keep the staff list right"),
            _(
                "Add who joins and remove who leaves. For many at once choose Import, template: "
                "rows that are wrong come back with the reason. Somebody on leave? "
                "Open the name and set Duty: then nothing is asked of them."
            ),
            "sentinel:staff",
            "staff",
        ),
        GuideStep(
            _("Answer an alert"),
            _(
                "Somebody missed a test? Open Compliance and your category, tick the names, touch Answer and say why. "
                "Your town sees the answer at once."
            ),
            "sentinel:compliance",
            "answer",
        ),
        GuideStep(
            _("Larger text, another language"),
            _(
                "Touch the person at the top right: Large text makes everything bigger, "
                "and the language can be changed there."
            ),
            picture="switches",
        ),
    ),
    is_for_phones=True,
)
_TOWN = Guide(
    _("Know at nine who in your town missed a test, and see to it with the organisations."),
    (
        GuideStep(
            _("Begin with Today"),
            _(
                "The figures are those of your town alone. Red means missed: the number opens the list of people."
            ),
            "sentinel:today",
            "today",
        ),
        _FOLLOW_UP,
        GuideStep(
            _("Enter organisations"),
            _(
                "One by one, or many from a table. The phone number of the principal is how they sign in: "
                "with a wrong one they cannot come in."
            ),
            "sentinel:organizations",
            "organizations",
        ),
        _CONFIRM,
        _STATISTICS,
        GuideStep(
            _("Print the posters of many venues"),
            _(
                "Under Venues narrow the list, then touch Posters of these venues: one file of a page for each "
                "checkpoint, 1,000 at most. It lies under My tasks for a day."
            ),
            "venues:venues",
        ),
        GuideStep(
            _("Let a chain enter its branches"),
            _(
                "On the page of the venue, under Branches of a chain, say how many at most. Its manager then enters "
                "them by a table and names who manages each."
            ),
            "venues:venues",
        ),
        _SITES,
    ),
)
_BUREAU = Guide(
    _("Watch the categories of your department across all towns, and hand on lists that are needed."),
    (
        GuideStep(
            _("Begin with Today"),
            _(
                "Each line is a category of your department. Missed opens the list of people, Staff the whole ledger."
            ),
            "sentinel:today",
            "today",
        ),
        _FOLLOW_UP,
        _CONFIRM,
        _STATISTICS,
        GuideStep(
            _("Watch the venues of your department"),
            _(
                "Venues at a glance lists them in all towns: who is busy, who fell silent, who is unlike the same "
                "weekday before. Which kinds of venues are yours the command says; who came is shown to nobody."
            ),
            "venues:overview",
        ),
        GuideStep(
            _("Enter many venues at once"),
            _(
                "Venues at a glance, Enter venues: a table of venues of your kinds, each with the name and phone of "
                "its manager. They get a message and agree by signing in; until then the list says that a venue "
                "waits, and when they are reminded by themselves. Ask once more, withdraw, or name somebody else on "
                "its page."
            ),
            "venues:overview",
        ),
        GuideStep(
            _("Export with care"),
            _(
                "Lists leave the system masked. A list in clear asks for a purpose; "
                "your name, the time and the purpose are recorded and stand in the file."
            ),
            "sentinel:staff",
        ),
    ),
)
_COMMAND = Guide(
    _(
        "Set the rules, see the whole district at a glance, and make sure that the alerts reach the right people."
    ),
    (
        GuideStep(
            _("Begin with Today"),
            _(
                "Problems stand on top: a category without a rule, or one that was not matched. "
                "Below are all categories; every number opens."
            ),
            "sentinel:today",
            "today",
        ),
        GuideStep(
            _("Set the rule of a category"),
            _(
                "How many tests in how many days, and from when new joiners are judged. "
                "A change holds from the next match on; past days stay as they were."
            ),
            "sentinel:categories",
            "category",
        ),
        GuideStep(
            _("Decide who is told at nine"),
            _(
                "Choose the recipients of each category and how they get the message. "
                "Under What would be found you see the last 14 days before you switch it on."
            ),
            "sentinel:alerts",
            "alert",
        ),
        _STATISTICS,
        GuideStep(
            _("Take in records"),
            _(
                "Tests and vaccinations come over the interface or from files. A file is checked first, "
                "then you confirm; an import can be taken back as a whole."
            ),
            "exchange:tasks",
        ),
        _SITES,
        GuideStep(
            _("Propose a disposition, decide about one"),
            _(
                "On the page of a person on site touch Propose a disposition and say what, from when on and on which "
                "ground of the list, which the person reads. It holds once another officer has decided under Proposed "
                "dispositions; you cannot decide about your own."
            ),
            "health:dispositions",
        ),
        GuideStep(
            _("See whom an order holds"),
            _(
                "Under Running dispositions filter by Days already over, or by Stated end differs, to find whom to "
                "look at; touch a name, and propose a lifting on the page of the person. No order moves by new rules "
                "or a later exposure alone: To be decided anew finds those."
            ),
            "health:orders",
        ),
        GuideStep(
            _("Release together whose order has ended"),
            _(
                "Under Running dispositions touch Release and tell: who has done all that the order asks for, whom a "
                "message reaches, and who is left out and why. You propose, another officer agrees; until then nobody "
                "is told."
            ),
            "health:orders",
        ),
        GuideStep(
            _("Change the rules for lifting"),
            _(
                "Say why, the full days and tests of each disposition, and what happens to those that run. Everybody "
                "who is held is counted first; the rules hold once another command officer agrees."
            ),
            "health:lifting",
        ),
        GuideStep(
            _("Say who answers for a kind of venue"),
            _(
                "Each kind has its usual stay and the department that answers for it: officers of that department see "
                "its venues in all towns, and never who came."
            ),
            "venues:kinds",
        ),
    ),
)
_AUDITOR = Guide(
    _("See who looked at what and changed what. You can read everything here and change nothing."),
    (
        GuideStep(
            _("Read the log"),
            _(
                "Filter by action, account or day. Names of people never stand in it; objects go by their identifiers."
            ),
            "audit:log",
            "log",
        ),
        GuideStep(
            _("Check that nothing was altered"),
            _("Check the chain recomputes every entry. Compare the head with the one that was printed."),
            "audit:log",
        ),
    ),
)
_SECURITY = Guide(
    _("Give each colleague an account with exactly the rights of their work, and take them back in time."),
    (
        GuideStep(
            _("Make an account"),
            _(
                "The initial password is shown once: hand it over in person. "
                "The first sign-in asks for a new one and for the second step."
            ),
            "access:accounts",
            "accounts",
        ),
        GuideStep(
            _("Give a right"),
            _(
                "A role and what it is over: a town officer over a town, a bureau officer over a department. "
                "Without a right an account sees nothing."
            ),
            "access:accounts",
            "account",
        ),
        GuideStep(
            _("Somebody leaves, or loses the phone"),
            _(
                "Disable the account: it is signed out everywhere at once. "
                "For a lost phone reset the second factor, and only face to face."
            ),
            "access:accounts",
        ),
    ),
)
_OPERATOR = Guide(
    _("Keep the machine running: jobs, ways of sending messages, deliveries."),
    (
        GuideStep(
            _("Look at the queue"),
            _("Failed jobs stand in their own tab with the reason, and can be run again from there."),
            "operation:jobs",
            "jobs",
        ),
        GuideStep(
            _("Set the ways by which messages go out"),
            _("SMS, WeCom, e-mail and others. Send yourself a test before you switch a channel on."),
            "channels:channels",
            "channels",
        ),
        GuideStep(
            _("Find out whether a message arrived"),
            _(
                "The log shows each delivery with its state and the last error; what failed can be sent again."
            ),
            "channels:deliveries",
        ),
        GuideStep(
            _("On the machine itself"),
            _(
                "outpost doctor says what is wrong and how to mend it. The guide for operators comes with the source."
            ),
        ),
    ),
)

GUIDES: Mapping[str, Guide] = {
    Role.PRINCIPAL: _PRINCIPAL,
    Role.MANAGER: MANAGER,
    Role.INSPECTOR: INSPECTOR,
    Role.SITE_LEAD: SITE_LEAD,
    Role.SITE_SUPERVISOR: SITE_SUPERVISOR,
    Role.SITE_USER: SITE_USER,
    Role.TOWN: _TOWN,
    Role.BUREAU: _BUREAU,
    Role.COMMAND: _COMMAND,
    Role.AUDITOR: _AUDITOR,
    Role.SECURITY: _SECURITY,
    Role.OPERATOR: _OPERATOR,
}


def picture_of(role: str, step: GuideStep, language: str) -> str:
    """Where the picture of a step lies among the static files; empty without one."""
    return f"web/guides/{role}-{step.picture}-{language[:2]}.webp" if step.picture else ""
