"""The wiring diagram of the house: which event wakes which job, which kinds of files there are.

Read it from top to bottom; nothing else in the house happens behind a caller's back.
"""

from collections.abc import Mapping
from importlib import import_module

from django.utils.module_loading import import_string

from outpost.access import gateway, scopes
from outpost.audit import events
from outpost.core.rights import ScopeKind
from outpost.exchange import registry
from outpost.notifications import templates
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.rules import CATEGORY

# event → names of the jobs that it wakes, queued in the transaction that announces it; each gets the event's payload as
# keyword arguments
EVENTS: Mapping[str, tuple[str, ...]] = {
    "exchange.import_finished": ("notifications.tell_import",),
    "exchange.export_ready": ("notifications.tell_export", "people.watch"),
    "exchange.export_held": ("notifications.tell_second_persons",),
    "people.looked": ("people.watch",),
}

# files that come in and files that go out; named by path because models are loaded after this file
IMPORTS: tuple[str, ...] = (
    "outpost.health.sheets.TestImport",
    "outpost.health.sheets.VaccinationImport",
    "outpost.sentinel.sheets.OrganizationImport",
    "outpost.sentinel.sheets.StaffImport",
)
EXPORTS: tuple[str, ...] = (
    "outpost.sentinel.sheets.StaffExport",
    "outpost.sentinel.sheets.OrganizationExport",
    "outpost.sentinel.sheets.MissedExport",
    "outpost.sentinel.sheets.SummaryExport",
    "outpost.sentinel.sheets.NatTableExport",
    "outpost.sentinel.sheets.VaccinationTableExport",
    "outpost.sentinel.sheets.CountedStaffExport",
    "outpost.sentinel.sheets.CountedSamplesExport",
    "outpost.sentinel.sheets.CountedOrganizationsExport",
)


# what messages say, beside those of the exchange
MESSAGES: tuple[str, ...] = ("outpost.people.jobs.MESSAGES", "outpost.sentinel.jobs.MESSAGES")

# how passcodes reach their phones
PASSCODES = "outpost.notifications.passcodes.SmsGateway"

# what rights can be given over
SCOPES: Mapping[ScopeKind, str] = {
    REGION: "outpost.access.places.REGIONS",
    DEPARTMENT: "outpost.access.places.DEPARTMENTS",
    CATEGORY: "outpost.sentinel.queries.categories.CATEGORIES",
    ORGANIZATION: "outpost.access.places.ORGANIZATIONS",
}

# sealed columns beside the identities themselves, for the rotation of the sealing key: table, primary key and its
# type, column, context, what the context ends in where that is not the key, and the column of the surname's hash
SEALED: tuple[tuple[str, ...], ...] = (
    ("access_user", "id", "uuid", "sealed_phone", "access.user"),
    ("access_user", "id", "uuid", "sealed_totp", "access.user"),
    ("access_user", "id", "uuid", "sealed_contacts", "access.user"),
    ("notifications_channel", "id", "uuid", "sealed_secrets", "notifications.channel"),
    ("notifications_message", "id", "uuid", "sealed_params", "notifications.message"),
    ("notifications_delivery", "id", "uuid", "sealed_address", "notifications.delivery"),
    ("regions_organization", "id", "uuid", "sealed", "regions.organization"),
    (
        *("sentinel_staffmember", "id", "uuid", "sealed", "sentinel.staff"),
        *("enrolment_id::text || ':' || person_id::text", "surname_hash"),
    ),
    ("sentinel_followup", "id", "uuid", "sealed_note", "sentinel.follow_up"),
)

# what can be put back within a day of its deletion
RESTORABLE: tuple[str, ...] = (
    "outpost.regions.restoring.GRIDS",
    "outpost.notifications.services.restoring.CHANNELS",
    "outpost.sentinel.services.restoring.LEDGERS",
    "outpost.sentinel.services.restoring_categories.CATEGORIES",
)

# what goes when its time is over; the periods stand in core.retention
RETENTION: tuple[str, ...] = (
    "outpost.sentinel.retention.ROWS",
    "outpost.health.retention.ROWS",
    "outpost.people.retention.ROWS",
    "outpost.notifications.retention.ROWS",
    "outpost.exchange.retention.ROWS",
    "outpost.regions.retention.ROWS",
    "outpost.audit.retention.ROWS",
)

# what keeps rows of other modules from going: table, column, and who names it
REFERENCES: tuple[tuple[str, str, str, str], ...] = (
    ("people_person", "person_id", "sentinel_staffmember", "person_id"),
    ("people_person", "person_id", "health_testrecord", "person_id"),
    ("people_person", "person_id", "health_vaccination", "person_id"),
    ("health_vaccination", "person_id", "sentinel_staffmember", "person_id"),
    ("regions_organization", "id", "sentinel_enrolment", "organization_id"),
)


def wire() -> None:
    """Hand events, kinds of imports, exports and scopes, messages, the way of passcodes and what is purged to the
    modules that work with them."""
    events.register(EVENTS)
    for kind, path in SCOPES.items():
        scopes.register(kind, import_string(path))
    registry.register_imports(*(import_string(path)() for path in IMPORTS))
    registry.register_exports(*(kind(view) for kind in map(import_string, EXPORTS) for view in kind.views))
    for path in MESSAGES:
        templates.register(import_string(path))
    gateway.use(import_string(PASSCODES)())
    sealed = import_module("outpost.people.sealed_columns")
    sealed.register(*(sealed.SealedColumn(*column) for column in SEALED))
    purging = import_module("outpost.audit.purging")
    for path in RETENTION:
        purging.register(*import_string(path))
    deletions = import_module("outpost.audit.deletions")
    for path in RESTORABLE:
        deletions.register(*import_string(path))
    for reference in REFERENCES:
        purging.refer(*reference)
