"""Writes of health facts and of what is decided from them."""

from outpost.health.services.declarations import (
    DECLARATION_STAGING,
    DECLARATIONS,
    Declared,
    declare,
)
from outpost.health.services.dispositions import (
    DISPOSITION_STAGING,
    DISPOSITIONS,
    agree_to_dispositions,
)
from outpost.health.services.objections import (
    LONGEST_TEXT,
    answer_objection,
    escalate_objections,
    raise_objection,
)
from outpost.health.services.pass_rules import decide_pass_rules, propose_pass_rules
from outpost.health.services.products import ProductFacts, ensure_products, save_product
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

__all__ = [
    "DECLARATIONS",
    "DECLARATION_STAGING",
    "DISPOSITIONS",
    "DISPOSITION_STAGING",
    "LONGEST_TEXT",
    "RECORD",
    "TESTS",
    "TEST_STAGING",
    "VACCINATIONS",
    "VACCINATION_STAGING",
    "Declared",
    "ProductFacts",
    "Recorded",
    "Staged",
    "agree_to_dispositions",
    "answer_objection",
    "decide_pass_rules",
    "declare",
    "ensure_products",
    "escalate_objections",
    "propose_pass_rules",
    "raise_objection",
    "record_tests",
    "record_vaccinations",
    "save_product",
]
