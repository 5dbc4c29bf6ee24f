"""The manifest of the instrument for construction sites."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, SealedColumn
from outpost.sites import actions

MODULE = Module(
    name="sites",
    title=_("Construction sites"),
    actions=actions.ACTIONS,
    imports=("outpost.sites.sheets.ContractImport",),
    exports=("outpost.sites.supervision.SupervisionExport",),
    retention="outpost.sites.retention.ROWS",
    restorable=("outpost.sites.services.closing.CONTRACTS",),
    sealed=(SealedColumn("sites_contract", "id", "uuid", "sealed", "sites.contract"),),
    menu=(
        Entry(
            _("Supervision of sites"),
            "sites:supervision",
            "building",
            actions.SEE_SITES,
            "sites",
            is_root=True,
        ),
    ),
    routes={"sites/": "outpost.sites.urls"},
)
