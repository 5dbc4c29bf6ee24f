"""What may be done here and by which roles: tests, vaccinations and their products. Pure."""

from outpost.core.rights import LEDGER, Action, Role

SEE_FACTS = Action("health.see_facts", "看检测和接种记录", "See tests and vaccinations", LEDGER)
RECORD_FACTS = Action(
    "health.record_facts", "录入检测和接种记录", "Record tests and vaccinations", {Role.COMMAND, Role.FEEDER}
)
EDIT_PRODUCTS = Action("health.edit_products", "改疫苗产品", "Edit vaccine products", {Role.COMMAND})

ACTIONS = (
    SEE_FACTS,
    RECORD_FACTS,
    EDIT_PRODUCTS,
)
