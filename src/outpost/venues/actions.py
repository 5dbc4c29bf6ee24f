"""What may be done here and by which roles. Pure.

A bureau sees the venues of the kinds that its department answers for, in all towns (docs/adr/0052-bureaus.md). It may
enter such venues in bulk, as a chain may enter its branches (docs/adr/0055-named-managers.md).
"""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}
_RUNNING = {*_BY_PLACE, Role.MANAGER}
_WATCHING = {*_BY_PLACE, Role.BUREAU}

SEE_VENUES = Action("venues.see", "看场所", "See venues", {*_RUNNING, Role.BUREAU})
RUN_VENUES = Action("venues.run", "管理场所", "Run venues", _RUNNING)
OWN_VENUE = Action("venues.own", "管理本人的场所", "Run one's own venue", {Role.MANAGER})
SEE_FLOW = Action(
    "venues.see_flow", "看检测统计", "See visitor statistics", {*_RUNNING, Role.BUREAU, Role.INSPECTOR}
)
WORK_AT_VENUE = Action("venues.work", "在场所检测", "Check at a venue", {Role.INSPECTOR})
EDIT_VENUES = Action("venues.edit", "改场所台账", "Edit the ledger of venues", _BY_PLACE)
SEE_CHECK_INS = Action("venues.see_check_ins", "看打卡记录", "See check-ins", _WATCHING)
EXPORT_FLOW = Action(
    "venues.export", "导出场所统计", "Export statistics of venues", {*_WATCHING, Role.MANAGER}
)
RECORD_VISITS = Action("venues.record_visits", "补录纸质登记", "Enter paper forms", _BY_PLACE)
ENTER_VENUES = Action("venues.enter", "批量建场所", "Enter venues in bulk", {Role.BUREAU, Role.MANAGER})
EDIT_KINDS = Action("venues.edit_kinds", "改场所类型", "Edit the kinds of venues", {Role.COMMAND})

ACTIONS = (
    *(SEE_VENUES, SEE_FLOW, RUN_VENUES, OWN_VENUE, WORK_AT_VENUE),
    *(EDIT_VENUES, ENTER_VENUES, SEE_CHECK_INS, EXPORT_FLOW, RECORD_VISITS, EDIT_KINDS),
)
