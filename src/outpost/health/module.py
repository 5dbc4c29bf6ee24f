"""The manifest of the facts of health and of the pass."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.health import actions

_setting = partial(Entry, group="settings")
# What is done each day stands with the instrument that it is done for.
_at_sites = partial(Entry, action=actions.AGREE_DISPOSITIONS, group="sites")

MODULE = Module(
    name="health",
    actions=actions.ACTIONS,
    imports=(
        "outpost.health.sheets.TestImport",
        "outpost.health.sheets.VaccinationImport",
        "outpost.health.sheets.DeclarationImport",
        "outpost.health.sheets.DispositionImport",
    ),
    exports=("outpost.health.sheets.orders.OrderExport",),
    jobs={
        "health.check_passes": _("Nightly check of the passes"),
        "health.escalate_objections": _("Objections that wait too long"),
        "health.overtaken_liftings": _("Liftings to come that were overtaken"),
    },
    messages="outpost.health.jobs.MESSAGES",
    checks=("outpost.health.health_checks.pass_rows",),
    retention="outpost.health.retention.ROWS",
    follows_links="outpost.health.latest.follow_links",
    references=(
        Reference("people_person", "person_id", "health_testrecord", "person_id"),
        Reference("people_person", "person_id", "health_vaccination", "person_id"),
        Reference("people_person", "person_id", "health_declaration", "person_id"),
        Reference("people_person", "person_id", "health_dailyreport", "person_id"),
        Reference("people_person", "person_id", "health_disposition", "person_id"),
        Reference("people_person", "person_id", "health_exposure", "person_id"),
        Reference("people_person", "person_id", "health_objection", "person_id"),
        Reference("people_person", "person_id", "health_dispositionproposal", "person_id"),
        Reference("people_person", "person_id", "health_orderterm", "person_id"),
    ),
    sealed=(
        SealedColumn("health_declaration", "id", "uuid", "sealed", "health.declaration"),
        SealedColumn("health_objection", "id", "uuid", "sealed", "health.objection"),
        SealedColumn("health_objection", "id", "uuid", "sealed_answer", "health.objection_answer"),
    ),
    menu=(
        _setting(_("Vaccine products"), "health:products", "clipboard-list", actions.EDIT_PRODUCTS, rank=2),
        _setting(_("Rules of the pass"), "health:passes", "shield-check", actions.EDIT_PASS_RULES, rank=3),
        _setting(
            _("Rules for lifting"), "health:lifting", "shield-check", actions.EDIT_LIFTING_RULES, rank=4
        ),
        _setting(_("Risk areas"), "health:risk_areas", "alert-circle", actions.EDIT_RISK_AREAS, rank=5),
        _at_sites(_("Proposed dispositions"), "health:dispositions", "alert-circle", rank=1),
        _at_sites(_("Running dispositions"), "health:orders", "hourglass", rank=1),
        _setting(
            _("Questions of the declaration"),
            "health:questions",
            "clipboard-list",
            actions.EDIT_QUESTIONS,
            rank=6,
        ),
        Entry(_("Exposures"), "health:exposures", "users", actions.STATE_EXPOSURES, "tracing", rank=1),
        _setting(_("Objections"), "health:objections", "alert-triangle", actions.ANSWER_OBJECTIONS, rank=4),
    ),
    initial={"products": "outpost.health.initial.products"},
    routes={"health/": "outpost.health.urls"},
    routers={"": "outpost.health.api.router"},
)
