"""Template tags of the sentinel pages: badges of states, names of rules and fields."""

from collections.abc import Mapping

from django import template
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from outpost.health.rules import rate
from outpost.sentinel import labels
from outpost.sentinel.models import Category, CategoryField
from outpost.sentinel.queries.categories import rules_of
from outpost.sentinel.rules import CategoryRules, Judgement, TestingRule, evidence

register = template.Library()

_TABLES: Mapping[str, tuple[Mapping[str, str | Promise], Mapping[str, str]]] = {
    "State": (labels.STATES, labels.STATE_TONES),  # type: ignore[dict-item]  # a StrEnum is its text
    "Due": (labels.DUE, labels.DUE_TONES),  # type: ignore[dict-item]
    "DoseStatus": (labels.DOSE_STATUSES, labels.DOSE_TONES),  # type: ignore[dict-item]
    "TestResult": (labels.RESULTS, labels.RESULT_TONES),  # type: ignore[dict-item]
    "DutyState": (labels.DUTIES, {}),  # type: ignore[dict-item]
    "Recency": (labels.RECENCIES, {}),  # type: ignore[dict-item]
    "Standing": (labels.STANDINGS, {}),  # type: ignore[dict-item]
    "UnmatchedCause": (labels.CAUSES, {}),  # type: ignore[dict-item]
}


@register.filter
def label(value: str) -> str:
    """The name of a state, a dose status, a result, a duty state …: a member of one of the module's enums."""
    names, _tones = _TABLES[type(value).__name__]
    return str(names[value])


@register.simple_tag
def state(value: str) -> SafeString:
    """The same as a badge: colour, sign and words."""
    _names, tones = _TABLES[type(value).__name__]
    context = {"label": label(value), "tone": tones.get(value, "neutral")}
    return SafeString(render_to_string("components/badge.html", context).strip())


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


@register.filter
def field_name(field: CategoryField) -> str:
    """The name of an extra field in the reader's language."""
    return field.name if _language().startswith("zh") else field.name_en or field.name


def _language() -> str:
    return get_language() or "zh-hans"
