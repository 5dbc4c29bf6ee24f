"""The manifest of the facts of health and of the pass."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.health import actions

MODULE = Module(
    name="health",
    actions=actions.ACTIONS,
    imports=(
        "outpost.health.sheets.TestImport",
        "outpost.health.sheets.VaccinationImport",
        "outpost.health.sheets.DeclarationImport",
        "outpost.health.sheets.DispositionImport",
    ),
    jobs={"health.check_passes": _("Nightly check of the passes")},
    checks=("outpost.health.health_checks.pass_rows",),
    retention="outpost.health.retention.ROWS",
    references=(
        Reference("people_person", "person_id", "health_testrecord", "person_id"),
        Reference("people_person", "person_id", "health_vaccination", "person_id"),
        Reference("people_person", "person_id", "health_declaration", "person_id"),
        Reference("people_person", "person_id", "health_disposition", "person_id"),
    ),
    sealed=(SealedColumn("health_declaration", "id", "uuid", "sealed", "health.declaration"),),
    menu=(
        Entry(
            _("Vaccine products"),
            "health:products",
            "clipboard-list",
            actions.EDIT_PRODUCTS,
            "settings",
            rank=2,
        ),
    ),
    initial={"products": "outpost.health.initial.products"},
    routes={"health/": "outpost.health.urls"},
    routers={"": "outpost.health.api.router"},
)
