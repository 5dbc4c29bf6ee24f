"""What can be wrong with a place or a body."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

REGION_UNKNOWN = Problem(
    "regions.region_unknown",
    422,
    _("There is no division with the code {code} in the published table. Use a code such as 440115."),
)
TOWN_UNKNOWN = Problem(
    "regions.town_unknown", 422, _("“{found}” is not a town of this deployment. Known towns: {known}.")
)
TOWN_OUT_OF_REACH = Problem(
    "regions.town_out_of_reach", 422, _("“{found}” lies outside your own towns. You may enter: {known}.")
)
GRID_UNKNOWN = Problem(
    "regions.grid_unknown",
    422,
    _("“{found}” is not a grid of {town}. Ask the command office to add the grid, or leave the field empty."),
)
GRID_EXISTS = Problem("regions.grid_exists", 409, _("{town} already has a grid named “{name}”."))
GRIDS_USED_UP = Problem(
    "regions.grids_used_up",
    409,
    _("{town} has used up its {most} grid numbers. Rename a grid that is no longer needed instead."),
)
GRID_IN_USE = Problem(
    "regions.grid_in_use",
    409,
    _(
        "{count} organisations belong to the grid “{name}”. Move them to another grid, or leave their grid empty; "
        "then close it."
    ),
)
ALIAS_TAKEN = Problem(
    "regions.alias_taken", 409, _("“{name}” already stands for {town}. A name can mean one town only.")
)
DEPARTMENT_EXISTS = Problem(
    "regions.department_exists", 409, _("There already is a department “{name}” with the code {code}.")
)
ORGANIZATION_EXISTS = Problem(
    "regions.organization_exists",
    409,
    _("{town} already has an organisation named “{name}”. Edit that one, or tell the two apart in the name."),
)
OUTSIDE_CHINA = Problem(
    "regions.outside_china",
    422,
    _("{found} lies outside {low} to {high}. Are longitude and latitude swapped?"),
)
HALF_A_POINT = Problem(
    "regions.half_a_point", 422, _("A point has a longitude and a latitude. Fill in both or neither.")
)
