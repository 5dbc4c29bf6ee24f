"""What may be done here and by which roles. Pure."""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}

SEE_SITES = Action("sites.see", "看工地", "See construction sites", _BY_PLACE)
EDIT_SITES = Action("sites.edit", "改工地台账", "Edit the ledger of construction sites", _BY_PLACE)

REGISTER_PEOPLE = Action("sites.register", "预登记工地人员", "Pre-register people of a site", _BY_PLACE)

ACTIONS = (SEE_SITES, EDIT_SITES, REGISTER_PEOPLE)
