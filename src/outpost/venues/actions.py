"""What may be done here and by which roles. Pure.

A venue lies in a town and belongs to no department yet, so a bureau would see none: it gets these rights with the
department that answers for a kind of venue (docs/adr/0025-venues.md).
"""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}
_RUNNING = {*_BY_PLACE, Role.MANAGER}

SEE_VENUES = Action("venues.see", "看场所", "See venues", _RUNNING)
RUN_VENUES = Action("venues.run", "管理场所", "Run venues", _RUNNING)
OWN_VENUE = Action("venues.own", "管理本人的场所", "Run one's own venue", {Role.MANAGER})
SEE_FLOW = Action("venues.see_flow", "看检测统计", "See visitor statistics", {*_RUNNING, Role.INSPECTOR})
WORK_AT_VENUE = Action("venues.work", "在场所检测", "Check at a venue", {Role.INSPECTOR})
EDIT_VENUES = Action("venues.edit", "改场所台账", "Edit the ledger of venues", _BY_PLACE)
SEE_CHECK_INS = Action("venues.see_check_ins", "看打卡记录", "See check-ins", _BY_PLACE)
EXPORT_FLOW = Action("venues.export", "导出场所统计", "Export statistics of venues", _BY_PLACE)
RECORD_VISITS = Action("venues.record_visits", "补录纸质登记", "Enter paper forms", _BY_PLACE)

ACTIONS = (
    *(SEE_VENUES, SEE_FLOW, RUN_VENUES, OWN_VENUE, WORK_AT_VENUE),
    *(EDIT_VENUES, SEE_CHECK_INS, EXPORT_FLOW, RECORD_VISITS),
)
