"""The manifest of the divisions and organisations."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, SealedColumn
from outpost.regions import actions

MODULE = Module(
    name="regions",
    actions=actions.ACTIONS,
    retention="outpost.regions.retention.ROWS",
    restorable=("outpost.regions.restoring.GRIDS",),
    sealed=(
        SealedColumn("regions_organization", "id", "uuid", "sealed", "regions.organization"),
        SealedColumn("regions_principalchange", "id", "uuid", "sealed", "regions.principal_change"),
    ),
    menu=(Entry(_("Towns and grids"), "regions:towns", "map-pin", actions.EDIT_REGIONS, "settings", rank=1),),
    initial={"regions": "outpost.regions.initial.divisions"},
    routes={"regions/": "outpost.regions.urls"},
)
