"""The manifest of tests and vaccinations."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference
from outpost.health import actions

MODULE = Module(
    name="health",
    actions=actions.ACTIONS,
    imports=("outpost.health.sheets.TestImport", "outpost.health.sheets.VaccinationImport"),
    retention="outpost.health.retention.ROWS",
    references=(
        Reference("people_person", "person_id", "health_testrecord", "person_id"),
        Reference("people_person", "person_id", "health_vaccination", "person_id"),
    ),
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
