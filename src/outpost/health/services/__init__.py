"""Writes of health facts and of what is decided from them."""

from outpost.health.services.declarations import (
    DECLARATION_STAGING,
    DECLARATIONS,
    Declared,
    declare,
    record_declarations,
)
from outpost.health.services.dispositions import DISPOSITION_STAGING, DISPOSITIONS, agree_to_dispositions
from outpost.health.services.exposures import (
    LONGEST_DAYS,
    LONGEST_EXPOSURE_GROUND,
    Exposed,
    agree_to_exposures,
    state_exposures,
    withdraw_exposure,
)
from outpost.health.services.lifting_rules import decide_lifting_rules, decide_term, propose_lifting_rules
from outpost.health.services.objections import (
    LONGEST_TEXT,
    answer_objection,
    escalate_objections,
    raise_objection,
)
from outpost.health.services.pass_rules import decide_pass_rules, propose_pass_rules
from outpost.health.services.products import ProductFacts, ensure_products, save_product
from outpost.health.services.questions import Asking, add_question, change_question
from outpost.health.services.records import (
    RECORD,
    TEST_STAGING,
    TESTS,
    VACCINATION_STAGING,
    VACCINATIONS,
    Recorded,
    Staged,
    record_tests,
    record_vaccinations,
)
from outpost.health.services.risk_areas import add_risk_area, end_risk_area

__all__ = [
    "DECLARATIONS",
    "DECLARATION_STAGING",
    "DISPOSITIONS",
    "DISPOSITION_STAGING",
    "LONGEST_DAYS",
    "LONGEST_EXPOSURE_GROUND",
    "LONGEST_TEXT",
    "RECORD",
    "TESTS",
    "TEST_STAGING",
    "VACCINATIONS",
    "VACCINATION_STAGING",
    "Asking",
    "Declared",
    "Exposed",
    "ProductFacts",
    "Recorded",
    "Staged",
    "add_question",
    "add_risk_area",
    "agree_to_dispositions",
    "agree_to_exposures",
    "answer_objection",
    "change_question",
    "decide_lifting_rules",
    "decide_pass_rules",
    "decide_term",
    "declare",
    "end_risk_area",
    "ensure_products",
    "escalate_objections",
    "propose_lifting_rules",
    "propose_pass_rules",
    "raise_objection",
    "record_declarations",
    "record_tests",
    "record_vaccinations",
    "save_product",
    "state_exposures",
    "withdraw_exposure",
]
