"""The manifest of the venues instrument."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.core.rights import Role
from outpost.venues import actions
from outpost.venues.rules import VENUE

_entry = partial(Entry, group="venues")

MODULE = Module(
    name="venues",
    title=_("Venues"),
    actions=actions.ACTIONS,
    scopes={VENUE: "outpost.venues.queries.venues.SCOPES"},
    imports=(
        "outpost.venues.sheets.venues.VenueImport",
        "outpost.venues.sheets.entered.EnteredImport",
        "outpost.venues.sheets.visits.VisitImport",
    ),
    exports=(
        "outpost.venues.sheets.statistics.DayExport",
        "outpost.venues.sheets.statistics.FlowExport",
        "outpost.venues.sheets.statistics.InspectedExport",
        "outpost.venues.sheets.statistics.OverviewExport",
        "outpost.venues.sheets.posters.PostersExport",
        "outpost.venues.sheets.posters.BranchPostersExport",
    ),
    jobs={
        "venues.keep_days": _("Days of check-ins made ahead"),
        "venues.release_rights": _("Rights over closed venues"),
        "venues.remind_managers": _("Reminders to named managers"),
    },
    messages="outpost.venues.jobs.MESSAGES",
    retention="outpost.venues.retention.ROWS",
    references=(
        Reference("people_person", "person_id", "venues_checkin", "person_id", "venues_has_checked_in"),
        Reference("people_person", "person_id", "venues_conflict", "person_id", "venues_has_conflict"),
        Reference("people_person", "person_id", "venues_abnormal", "person_id"),
        Reference("people_person", "person_id", "venues_gateentry", "person_id", "venues_has_passed_a_gate"),
    ),
    restorable=("outpost.venues.services.restoring.VENUES",),
    sealed=(
        SealedColumn("venues_venue", "id", "uuid", "sealed", "venues.venue"),
        SealedColumn("venues_member", "id", "uuid", "sealed", "venues.member"),
        SealedColumn("venues_handover", "id", "uuid", "sealed", "venues.hand_over"),
    ),
    desk="outpost.venues.gate.GATE",
    initial={"kinds_of_venues": "outpost.venues.initial.kinds"},
    menu=(
        _entry(_("Venues"), "venues:venues", "map-pin", actions.EDIT_VENUES, is_root=True),
        _entry(_("Venues at a glance"), "venues:overview", "report-analytics", actions.SEE_CHECK_INS, rank=1),
        _entry(_("Kinds of venues"), "venues:kinds", "category", actions.EDIT_KINDS, rank=4),
        _entry(_("My venue"), "venues:mine", "map-pin", actions.OWN_VENUE, on_phone=True),
        _entry(_("Abnormal temperatures"), "venues:temperatures", "activity", actions.RUN_VENUES, rank=3),
        _entry(_("My work"), "venues:work", "map-pin", actions.WORK_AT_VENUE, rank=2, on_phone=True),
    ),
    homes={Role.MANAGER: "venues:mine", Role.INSPECTOR: "venues:work"},
    routes={
        "venues/": "outpost.venues.urls",
        "v/": "outpost.venues.code_urls",
        "j/": "outpost.venues.join_urls",
    },
)
