"""What may be done here and by which roles: divisions. Pure."""

from outpost.core.rights import Action, Role

EDIT_REGIONS = Action("regions.edit", "改镇街和网格", "Edit towns and grids", {Role.COMMAND})

ACTIONS = (EDIT_REGIONS,)
