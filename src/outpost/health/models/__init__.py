"""Tables of health facts. A fact is known by its source and the source's own record id."""

from outpost.health.models.exposures import Exposure
from outpost.health.models.passes import DispositionRecord, Objection, PassFactsRow, PassRuleSet, RiskArea
from outpost.health.models.proposals import DispositionProposal
from outpost.health.models.questions import Question
from outpost.health.models.records import LatestSamples, Product, TestRecord, Vaccination
from outpost.health.models.rule_sets import LiftingRuleSet, OrderTerm, ProposedRules
from outpost.health.models.stated import DailyReport, Declaration

__all__ = [
    "DailyReport",
    "Declaration",
    "DispositionProposal",
    "DispositionRecord",
    "Exposure",
    "LatestSamples",
    "LiftingRuleSet",
    "Objection",
    "OrderTerm",
    "PassFactsRow",
    "PassRuleSet",
    "Product",
    "ProposedRules",
    "Question",
    "RiskArea",
    "TestRecord",
    "Vaccination",
]
