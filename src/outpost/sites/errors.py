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
LEAD_HALF = Problem(
    "sites.lead_half", 422, _("A project lead has a name and a phone. Fill in both or neither.")
)
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
        "The people in these rows have no health declaration under this number and name of the last {days} days: "
        "{rows}. They declare first; then send the file again."
    ),
)
REGISTERED_AGAIN = Problem(
    "sites.registered_again",
    409,
    _("This person was registered under the contract again. There is nothing to put back."),
)
