"""The manifest of the instrument for construction sites."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.core.rights import Role
from outpost.sites import actions
from outpost.sites.rules.entering import CONTRACT, EMPLOYER

_entry = partial(Entry, group="sites")

MODULE = Module(
    name="sites",
    title=_("Construction sites"),
    actions=actions.ACTIONS,
    checks=("outpost.sites.health_checks.tallies_agree",),
    imports=(
        "outpost.sites.sheets.contracts.ContractImport",
        "outpost.sites.sheets.people.RegistrationImport",
        "outpost.sites.sheets.families.FamilyImport",
        "outpost.sites.sheets.entries.EntryImport",
        "outpost.sites.sheets.health.DailyHealthImport",
    ),
    exports=(
        "outpost.sites.sheets.supervision.SupervisionExport",
        "outpost.sites.sheets.families.FamilyExport",
    ),
    retention="outpost.sites.retention.ROWS",
    restorable=(
        "outpost.sites.services.closing.CONTRACTS",
        "outpost.sites.services.registering.REGISTRATIONS",
        "outpost.sites.services.families.FAMILIES",
    ),
    references=(
        Reference("people_person", "person_id", "sites_registration", "person_id"),
        Reference("people_person", "person_id", "sites_familymember", "person_id"),
        Reference("people_person", "person_id", "sites_stay", "person_id"),
        Reference("people_person", "person_id", "sites_passage", "person_id"),
        Reference("people_person", "person_id", "sites_siteuser", "person_id"),
    ),
    initial={"supply_items": "outpost.sites.initial.supply_items"},
    sealed=(
        SealedColumn("sites_contract", "id", "uuid", "sealed", "sites.contract"),
        SealedColumn(
            *("sites_arrival", "entry", "bigint", "sealed", "sites.arrival"), bound_to="event_id::text"
        ),
        SealedColumn("sites_contract", "id", "uuid", "supervisor_sealed", "sites.supervisor"),
        SealedColumn("sites_siteuser", "id", "uuid", "sealed", "sites.user", surname="surname_hash"),
        SealedColumn("sites_groupmember", "id", "uuid", "sealed", "sites.group_member"),
        SealedColumn(
            *("sites_registration", "id", "uuid", "sealed", "sites.registration"),
            bound_to="contract_id::text || ':' || person_id::text",
            surname="surname_hash",
        ),
        SealedColumn(
            *("sites_familymember", "id", "uuid", "sealed", "sites.family_member"),
            bound_to="registration_id::text || ':' || person_id::text",
            surname="surname_hash",
        ),
    ),
    menu=(
        _entry(_("Supervision of sites"), "sites:supervision", "building", actions.SEE_SITES, is_root=True),
        _entry(_("To leave the site"), "sites:to_leave", "alert-triangle", actions.SEE_SITES, rank=1),
        _entry(_("Conflicts at gates"), "sites:gate_conflicts", "alert-triangle", actions.RUN_GATES, rank=2),
        _entry(_("Arrivals for public security"), "sites:arrivals", "upload", actions.SEE_ARRIVALS, rank=3),
        _entry(_("My sites"), "sites:mine", "building", actions.OWN_SITE, on_phone=True),
        Entry(
            _("Rules for places of departure"),
            "sites:place_rules",
            "settings",
            actions.EDIT_PLACE_RULES,
            "settings",
        ),
        _entry(
            _("Prevention files of sites"), "sites:prevention_files", "shield-check", actions.SEE_PREVENTION
        ),
    ),
    follows_declarations="outpost.sites.services.tallies.follow_declarations",
    desk="outpost.sites.gate.GATE",
    homes={
        **dict.fromkeys((Role.SITE_LEAD, Role.SITE_SUPERVISOR, Role.SITE_USER), "sites:mine"),
        Role.RECEIVER: "notifications:inbox",  # a machine: its account has no page of its own
    },
    person_pages="outpost.sites.web.people.pages_of",
    notices="outpost.sites.queries.releases.notices_of",
    signs_in="outpost.sites.queries.users.fits",
    place="outpost.sites.web.choosing.place",
    scopes={
        CONTRACT: "outpost.sites.queries.contracts.SCOPES",
        EMPLOYER: "outpost.sites.queries.contracts.EMPLOYERS",
    },
    jobs={
        "sites.recall": _("Who has to leave a construction site"),
        "sites.release": _("Who may enter a construction site again"),
        "sites.moved_ends": _("Whose order ends on another day"),
        "sites.verify": _("Look up declarations that could not be verified"),
        "sites.deliver_arrivals": _("Send arrivals to public security"),
        "sites.remind_of_health": _("Missing reports of daily health"),
        "sites.low_stock": _("Supplies of construction sites that run low"),
        "sites.check_tallies": _("Figures of construction sites held against their rows"),
        "sites.end_users": _("Rights of site registrars that run out"),
    },
    messages="outpost.sites.jobs.MESSAGES",
    routers={"": "outpost.sites.api.router"},
    routes={"sites/": "outpost.sites.urls"},
)
