"""What may be done here and by which roles. Pure."""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}

SEE_SITES = Action("sites.see", "看工地", "See construction sites", _BY_PLACE)
EDIT_SITES = Action("sites.edit", "改工地台账", "Edit the ledger of construction sites", _BY_PLACE)

REGISTER_PEOPLE = Action("sites.register", "预登记工地人员", "Pre-register people of a site", _BY_PLACE)
ADMIT_PEOPLE = Action("sites.admit", "办理进场、退场", "Let people enter and leave a site", _BY_PLACE)
EXCEPT_PEOPLE = Action("sites.except", "批准例外进场", "Agree to exceptions at a site", _BY_PLACE)
EDIT_PLACE_RULES = Action(
    "sites.place_rules", "改出发地规则", "Edit rules for places of departure", {Role.COMMAND}
)

ACTIONS = (SEE_SITES, EDIT_SITES, REGISTER_PEOPLE, ADMIT_PEOPLE, EXCEPT_PEOPLE, EDIT_PLACE_RULES)
