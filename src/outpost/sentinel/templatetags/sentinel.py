"""Template tags of the sentinel pages: names of rules."""

from django import template
from django.utils.translation import get_language

from outpost.core.ledgers import LedgerColumn
from outpost.figures.declared import rate
from outpost.sentinel.models import Category
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.queries.staff import StaffRow
from outpost.sentinel.rules import CategoryRules, Judgement, TestingRule, evidence

register = template.Library()


@register.filter
def plain(row: StaffRow, column: LedgerColumn) -> str:
    """The cell of a plain column."""
    return column.shown(row.plain[column.name])


@register.filter
def rules(category: Category) -> CategoryRules:
    """The rules of a category and its job types."""
    return rules_of(category)


@register.filter
def named(rule: TestingRule) -> str:
    """A rule in the field's own terms."""
    return rule.name(_language())


@register.filter
def in_words(judgement: Judgement) -> str:
    """The evidence of a judgement as a sentence."""
    return evidence(judgement, _language())


@register.filter
def rate_of(done: int, total: int) -> str:
    """Per cent with two decimals, half up."""
    return rate(done, total)


def _language() -> str:
    return get_language() or "zh-hans"
