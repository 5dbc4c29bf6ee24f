"""What may be done here and by which roles. Pure."""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}
_ON_SITE = {*_BY_PLACE, Role.SITE_LEAD}

SEE_SITES = Action("sites.see", "看工地", "See construction sites", _ON_SITE)
EDIT_SITES = Action("sites.edit", "改工地台账", "Edit the ledger of construction sites", _BY_PLACE)

REGISTER_PEOPLE = Action("sites.register", "预登记工地人员", "Pre-register people of a site", _ON_SITE)
ADMIT_PEOPLE = Action("sites.admit", "办理进场、退场", "Let people enter and leave a site", _ON_SITE)
REPORT_HEALTH = Action("sites.report_health", "报每日健康", "Report daily health at a site", _ON_SITE)
EXCEPT_PEOPLE = Action("sites.except", "批准例外进场", "Agree to exceptions at a site", _BY_PLACE)
EDIT_PLACE_RULES = Action(
    "sites.place_rules", "改出发地规则", "Edit rules for places of departure", {Role.COMMAND}
)
OWN_SITE = Action("sites.own", "管理本人的工地", "Run one's own site", {Role.SITE_LEAD})

ACTIONS = (
    *(SEE_SITES, EDIT_SITES, REGISTER_PEOPLE, ADMIT_PEOPLE, REPORT_HEALTH),
    *(EXCEPT_PEOPLE, EDIT_PLACE_RULES, OWN_SITE),
)
