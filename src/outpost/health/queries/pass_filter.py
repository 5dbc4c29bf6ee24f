"""People by what decides their pass, for lists: the SQL twin of `passes.decide`, held against it by a property test."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When

from outpost.health.conditions import LACKS, NO_FACTS, Condition
from outpost.health.models import PassFactsRow
from outpost.health.passes import Rule, RuleSet, decide
from outpost.health.queries import rule_sets
from outpost.health.rules import Disposition

_NOT_ADMITTED = Q(held__isnull=True) | ~Q(held=Disposition.ADMITTED) | Q(held_at__lt=F("positive_at"))
_EVIDENCE: Mapping[Condition, tuple[str, Q]] = {
    Condition.CONFIRMED: ("held_at", Q(held=Disposition.CONFIRMED)),
    Condition.SUSPECTED: ("held_at", Q(held=Disposition.SUSPECTED)),
    Condition.ISOLATION: ("held_at", Q(held=Disposition.ISOLATION)),
    Condition.POSITIVE: ("positive_at", _NOT_ADMITTED),
    Condition.EXPOSED: ("exposed_at", Q()),
    Condition.SYMPTOMS: ("declared_at", Q(has_symptoms=True)),
    Condition.RISK_AREA: ("declared_at", Q(was_in_risk_area=True)),
    Condition.NO_NEGATIVE: ("negative_at", Q()),
    Condition.NO_DECLARATION: ("declared_at", Q()),
}
"""The column of the instant that a condition asks about, and what must hold besides."""


def decided_by(condition: Condition, *, at: datetime, among: QuerySet[Any, Any] | None = None) -> Q:
    """The rows, with a `person_id`, of people whose pass this condition decides by the rules that hold. `among`: the
    ids of people beyond whom nobody is asked for: the facts of few are looked up, not all read."""
    rules = rule_sets.in_force(at)
    known = PassFactsRow.objects.all() if among is None else PassFactsRow.objects.filter(person_id__in=among)
    facts = known.alias(**_held(at)).alias(decided_by=_condition(rules, at))
    if decide(NO_FACTS, rules, at).condition is condition:  # whoever has no facts is among them
        return ~Q(person_id__in=facts.exclude(decided_by=condition).values("person_id"))
    return Q(person_id__in=facts.filter(decided_by=condition).values("person_id"))


def _held(at: datetime) -> dict[str, Case]:
    """The disposition that holds, as `PassFacts.as_of` says it, and since when."""
    is_last, is_former = Q(disposed_at__lte=at), Q(former_disposed_at__lte=at)
    pairs = {"held": ("disposition", "former_disposition"), "held_at": ("disposed_at", "former_disposed_at")}
    return {
        name: Case(When(is_last, then=F(last)), When(is_former, then=F(former)))
        for name, (last, former) in pairs.items()
    }


def _condition(rules: RuleSet, at: datetime) -> Case:
    """The condition that decides of a row of facts."""
    applying = [When(_applies(rule, at), then=Value(rule.condition.value)) for rule in rules.rules[:-1]]
    return Case(*applying, default=Value(Condition.NOTHING.value), output_field=TextField())


def _applies(rule: Rule, at: datetime) -> Q:
    column, besides = _EVIDENCE[rule.condition]
    oldest = at - timedelta(hours=rule.hours)
    if rule.condition in LACKS:
        return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gt": at}) | Q(**{f"{column}__lte": oldest})
    if rule.condition is Condition.EXPOSED:
        besides &= Q(exposed_until__gt=at)
    return Q(**{f"{column}__gt": oldest, f"{column}__lte": at}) & besides
