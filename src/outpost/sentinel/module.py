"""The manifest of the sentinel."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.core.rights import Role
from outpost.sentinel import actions
from outpost.sentinel.rules import CATEGORY

_entry = partial(Entry, group="sentinel")

MENU = (
    _entry(_("Today"), "sentinel:today", "activity", actions.SEE_COMPLIANCE, on_phone=True, is_root=True),
    _entry(_("Who is due"), "sentinel:due", "calendar", actions.SEE_STAFF, on_phone=True),
    _entry(_("Staff"), "sentinel:staff", "users", actions.SEE_STAFF, on_phone=True),
    _entry(_("Organisations"), "sentinel:organizations", "building", actions.SEE_ORGANIZATIONS),
    _entry(_("Compliance"), "sentinel:compliance", "shield-check", actions.SEE_COMPLIANCE),
    _entry(_("Test statistics"), "sentinel:nat_statistics", "test-pipe", actions.SEE_COMPLIANCE),
    _entry(_("Vaccination statistics"), "sentinel:vaccination_statistics", "vaccine", actions.SEE_COMPLIANCE),
    _entry(_("Categories and rules"), "sentinel:categories", "category", actions.SEE_CATEGORIES),
    _entry(_("Alert settings"), "sentinel:alerts", "bell", actions.SET_ALERTS),
)

MODULE = Module(
    name="sentinel",
    title=_("Sentinel"),
    actions=actions.ACTIONS,
    scopes={CATEGORY: "outpost.sentinel.queries.categories.CATEGORIES"},
    imports=(
        "outpost.sentinel.sheets.organizations.OrganizationImport",
        "outpost.sentinel.sheets.staff.StaffImport",
    ),
    exports=(
        "outpost.sentinel.sheets.exports.StaffExport",
        "outpost.sentinel.sheets.exports.OrganizationExport",
        "outpost.sentinel.sheets.due.DueExport",
        "outpost.sentinel.sheets.missed.MissedExport",
        "outpost.sentinel.sheets.missed.SummaryExport",
        "outpost.sentinel.sheets.statistics.NatTableExport",
        "outpost.sentinel.sheets.statistics.VaccinationTableExport",
        "outpost.sentinel.sheets.statistics.CountedStaffExport",
        "outpost.sentinel.sheets.statistics.CountedSamplesExport",
        "outpost.sentinel.sheets.statistics.CountedOrganizationsExport",
    ),
    jobs={
        "sentinel.match_today": _("Nightly match"),
        "sentinel.send_alerts": _("Alerts at nine"),
        "sentinel.check_latest": _("Nightly check of the figures"),
    },
    messages="outpost.sentinel.jobs.MESSAGES",
    checks=("outpost.sentinel.health_checks.latest_rows",),
    retention="outpost.sentinel.retention.ROWS",
    restorable=(
        "outpost.sentinel.services.restoring.LEDGERS",
        "outpost.sentinel.services.restoring_categories.CATEGORIES",
    ),
    follows_facts="outpost.sentinel.services.latest.follow_facts",
    ledger="outpost.sentinel.queries.latest.in_ledger",
    references=(
        Reference("people_person", "person_id", "sentinel_staffmember", "person_id"),
        Reference("health_vaccination", "person_id", "sentinel_staffmember", "person_id"),
        Reference("regions_organization", "id", "sentinel_enrolment", "organization_id"),
    ),
    sealed=(
        SealedColumn(
            *("sentinel_staffmember", "id", "uuid", "sealed", "sentinel.staff"),
            bound_to="enrolment_id::text || ':' || person_id::text",
            surname="surname_hash",
        ),
        SealedColumn("sentinel_followup", "id", "uuid", "sealed_note", "sentinel.follow_up"),
    ),
    initial={"categories": "outpost.sentinel.initial.categories"},
    menu=MENU,
    homes=dict.fromkeys((Role.COMMAND, Role.BUREAU, Role.TOWN, Role.PRINCIPAL), "sentinel:today"),
    routes={"sentinel/": "outpost.sentinel.urls"},
    routers={"/sentinel": "outpost.sentinel.api.router"},
)
