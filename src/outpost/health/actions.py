"""What may be done here and by which roles: facts, products of vaccines, and the rules of the pass. Pure."""

from outpost.core.rights import LEDGER, Action, Role

SEE_FACTS = Action("health.see_facts", "看检测和接种记录", "See tests and vaccinations", LEDGER)
RECORD_FACTS = Action(
    "health.record_facts", "录入检测和接种记录", "Record tests and vaccinations", {Role.COMMAND, Role.FEEDER}
)
RECORD_DISPOSITIONS = Action("health.record_dispositions", "录入处置", "Record dispositions", {Role.COMMAND})
AGREE_DISPOSITIONS = Action(
    "health.agree_dispositions", "同意他人录入的处置", "Agree to dispositions of others", {Role.COMMAND}
)
STATE_EXPOSURES = Action(
    "health.state_exposures", "认定和撤销暴露", "State and withdraw exposures", {Role.COMMAND}
)
EDIT_PASS_RULES = Action(
    "health.edit_pass_rules", "改通行码规则", "Edit the rules of the pass", {Role.COMMAND}
)
EDIT_LIFTING_RULES = Action(
    "health.edit_lifting_rules", "改解除处置的规则", "Edit the rules for lifting dispositions", {Role.COMMAND}
)
ANSWER_OBJECTIONS = Action(
    "health.answer_objections", "答复通行码申诉", "Answer objections to passes", {Role.COMMAND}
)
EDIT_RISK_AREAS = Action("health.edit_risk_areas", "改风险地区", "Edit risk areas", {Role.COMMAND})
EDIT_QUESTIONS = Action(
    "health.edit_questions",
    "改健康申报的问题",
    "Edit the questions of the health declaration",
    {Role.COMMAND},
)
EDIT_PRODUCTS = Action("health.edit_products", "改疫苗产品", "Edit vaccine products", {Role.COMMAND})

ACTIONS = (
    SEE_FACTS,
    RECORD_FACTS,
    RECORD_DISPOSITIONS,
    AGREE_DISPOSITIONS,
    STATE_EXPOSURES,
    EDIT_PASS_RULES,
    EDIT_LIFTING_RULES,
    ANSWER_OBJECTIONS,
    EDIT_RISK_AREAS,
    EDIT_QUESTIONS,
    EDIT_PRODUCTS,
)
