"""What may be done here and by which roles: the ledgers, rules and the match. Pure."""

from outpost.core.rights import LEDGER, OFFICERS, Action, Role

SEE_CATEGORIES = Action("sentinel.see_categories", "看类别和规则", "See categories and rules", OFFICERS)
EDIT_CATEGORIES = Action(
    "sentinel.edit_categories", "改类别和规则", "Edit categories and rules", {Role.COMMAND}
)
SEE_ORGANIZATIONS = Action(
    "sentinel.see_organizations", "看主体台账", "See the ledger of organisations", LEDGER
)
EDIT_ORGANIZATIONS = Action(
    "sentinel.edit_organizations", "改主体台账", "Edit the ledger of organisations", OFFICERS
)
SEE_STAFF = Action("sentinel.see_staff", "看人员台账", "See the ledger of staff", LEDGER)
EDIT_STAFF = Action("sentinel.edit_staff", "改人员台账", "Edit the ledger of staff", LEDGER)
EXPORT_LEDGERS = Action("sentinel.export", "导出台账和名单", "Export ledgers and lists", LEDGER)
SEE_COMPLIANCE = Action("sentinel.see_compliance", "看应检尽检", "See compliance", LEDGER)
SET_ALERTS = Action("sentinel.set_alerts", "设提醒", "Set alerts", {Role.COMMAND, Role.BUREAU})
FOLLOW_UP = Action("sentinel.follow_up", "跟进漏检", "Follow up who missed", OFFICERS)
ANSWER_ALERTS = Action("sentinel.answer_alerts", "回复提醒", "Answer alerts", LEDGER)
RUN_MATCH = Action("sentinel.run_match", "跑比对", "Run the match", {Role.COMMAND, Role.OPERATOR})

ACTIONS = (
    *(SEE_CATEGORIES, EDIT_CATEGORIES, SEE_ORGANIZATIONS, EDIT_ORGANIZATIONS, SEE_STAFF, EDIT_STAFF),
    *(EXPORT_LEDGERS, SEE_COMPLIANCE, SET_ALERTS, FOLLOW_UP, ANSWER_ALERTS, RUN_MATCH),
)
