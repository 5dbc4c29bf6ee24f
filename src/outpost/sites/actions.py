"""What may be done here and by which roles. Pure.

Each part of a prevention file has an action of its own, so that whoever leads a site can be given some of them.
"""

from outpost.core.rights import Action, Role

_BY_PLACE = {Role.COMMAND, Role.TOWN}
_ON_SITE = {*_BY_PLACE, Role.SITE_LEAD}
_OF_PEOPLE = {*_ON_SITE, Role.SITE_USER}  # who is authorised for an employer acts for its people alone
_WATCHING = {*_ON_SITE, Role.SITE_SUPERVISOR}  # the supervision company looks and reports; it lets nobody in
_ALL = _OF_PEOPLE | _WATCHING

SEE_SITES = Action("sites.see", "看工地", "See construction sites", _ALL)
EDIT_SITES = Action("sites.edit", "改工地台账", "Edit the ledger of construction sites", _BY_PLACE)

REGISTER_PEOPLE = Action("sites.register", "预登记工地人员", "Pre-register people of a site", _OF_PEOPLE)
ADMIT_PEOPLE = Action("sites.admit", "办理进场、退场", "Let people enter and leave a site", _OF_PEOPLE)
RUN_GATES = Action("sites.run_gates", "管理工地门岗", "Run the gates of a site", _ON_SITE)
REPORT_HEALTH = Action("sites.report_health", "报每日健康", "Report daily health at a site", _ALL)
CHECK_ADDRESSES = Action(
    "sites.check_addresses", "核实住址不一致", "Say that addresses that differ were checked", _ON_SITE
)
EXCEPT_PEOPLE = Action("sites.except", "批准例外进场", "Agree to exceptions at a site", _BY_PLACE)
EDIT_PLACE_RULES = Action(
    "sites.place_rules", "改出发地规则", "Edit rules for places of departure", {Role.COMMAND}
)
AUTHORISE_USERS = Action(
    "sites.authorise", "授权工地登记管理人员", "Authorise registrars of a site", _WATCHING
)
OWN_SITE = Action("sites.own", "管理本人的工地", "Run one's own site", _ALL - _BY_PLACE)

SEE_PREVENTION = Action(
    "sites.see_prevention", "看工地防控信息", "See the prevention file of a site", _WATCHING
)
EDIT_GROUP = Action("sites.edit_group", "改防疫小组", "Edit the prevention group of a site", _ON_SITE)
EDIT_HOSPITAL = Action("sites.edit_hospital", "改对口医院", "Edit the paired hospital of a site", _ON_SITE)
KEEP_SUPPLIES = Action("sites.keep_supplies", "登记防疫物资", "Keep the supplies of a site", _ON_SITE)
SEND_CHECKLIST = Action("sites.send_checklist", "提交复工检查表", "Submit the resumption checklist", _ON_SITE)
JUDGE_CHECKLIST = Action("sites.judge_checklist", "审核复工检查表", "Judge resumption checklists", _BY_PLACE)
EDIT_SUPPLY_ITEMS = Action(
    "sites.edit_supply_items", "改防疫物资目录", "Edit the list of supplies", {Role.COMMAND}
)

SEE_ARRIVALS = Action("sites.see_arrivals", "看来沪人员共享", "See the arrivals feed", _BY_PLACE)
SWITCH_ARRIVALS = Action(
    "sites.switch_arrivals", "开关来沪人员共享", "Switch the arrivals feed", {Role.COMMAND}
)
READ_ARRIVALS = Action(
    "sites.read_arrivals", "读取来沪人员记录", "Read the records of the arrivals feed", {Role.RECEIVER}
)

ACTIONS = (
    *(SEE_SITES, EDIT_SITES, REGISTER_PEOPLE, ADMIT_PEOPLE, RUN_GATES, REPORT_HEALTH),
    *(CHECK_ADDRESSES, EXCEPT_PEOPLE, EDIT_PLACE_RULES, OWN_SITE, AUTHORISE_USERS),
    *(SEE_PREVENTION, EDIT_GROUP, EDIT_HOSPITAL, KEEP_SUPPLIES, SEND_CHECKLIST, JUDGE_CHECKLIST),
    *(EDIT_SUPPLY_ITEMS, SEE_ARRIVALS, SWITCH_ARRIVALS, READ_ARRIVALS),
)
