"""Reads of categories, their extra fields and rules by job type, and how far an action reaches inside one."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, prefetch_related_objects

from outpost.access.scopes import Source
from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.clock import zone
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.scoped import condition
from outpost.core.sheets.columns import Sheet
from outpost.fields.specs import FieldSpec, FieldValue, read, taken_from
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.sentinel.actions import EDIT_CATEGORIES, SEE_STAFF
from outpost.sentinel.columns import Audience, table_of
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.models import Category, CategoryField, CategoryQuerySet, Enrolment, JobRule, StaffMember
from outpost.sentinel.rules import CATEGORY, OFF, CategoryRules, TestingRule

OfCategory = TypeVar("OfCategory", CategoryField, JobRule)
WHOLE_CATEGORIES = tuple(column.kind for column in CategoryQuerySet.scopes)
"""The kinds of scopes that hold a category with all that stands in it."""


def categories(*, actor: Actor, action: str) -> list[Category]:
    """The active categories that the actor may meet, in the order of menus; `department` is loaded, the rules by job
    type are not (`with_rules`).

    An officer of a region meets all, a bureau its own, a principal those of their organisations.
    """
    reach = actor.reach(action)
    found = Category.objects.in_use().select_related("department")
    if not reach:
        return []
    if not reach.everything and not reach.keys(REGION):
        own = Enrolment.objects.current().within(reach.without(*WHOLE_CATEGORIES))
        found = found.filter(
            condition(CategoryQuerySet.scopes, reach) | Exists(own.filter(category=OuterRef("pk")))
        )
    return list(found)


def with_rules(found: Iterable[Category]) -> list[Category]:
    """The same categories with their rules by job type loaded, where those are not yet."""
    known = list(found)
    prefetch_related_objects(known, "job_rules")
    return known


def category(code: str, *, actor: Actor, action: str) -> Category:
    """One of them. Raises Refusal NOT_FOUND."""
    for found in categories(actor=actor, action=action):
        if found.code == code:
            return found
    raise Refusal(NOT_FOUND)


def known_category(code: str) -> Category:
    """An active category by its code, for parameters of files and commands. Raises CATEGORY_UNKNOWN."""
    active = {found.code: found for found in Category.objects.in_use()}
    if code not in active:
        raise Refusal(CATEGORY_UNKNOWN, found=code, known="、".join(active))
    return active[code]


def reach_within(category: Category, *, actor: Actor, action: str) -> Reach:
    """How far an action reaches inside one category: everywhere, or to some of its rows."""
    reach = actor.reach(action)
    is_own = category.code in reach.keys(CATEGORY) or category.department_id in reach.keys(DEPARTMENT)
    if reach.everything or is_own:
        return EVERYTHING
    return reach.without(*WHOLE_CATEGORIES)


def beyond_reach(*, actor: Actor, action: str) -> QuerySet[Enrolment]:
    """The living enrolments over which the actor may not do this. What is stated of an organisation counts in all of
    its categories: whoever states it anew must reach each of them (docs/adr/0017-reach-and-tries.md)."""
    mine = Enrolment.objects.visible_to(actor, action)
    return Enrolment.objects.current().exclude(pk__in=mine.values("pk"))


def rules_of(category: Category) -> CategoryRules:
    """The testing rules of a category, those of its job types in the order of their names."""
    return CategoryRules(category.rule, {row.job_type: row.rule for row in category.job_rules.all()})


def rule_text(rule: TestingRule | None) -> str:
    """A rule as it is typed: "3/2" or "off"."""
    return str(rule or OFF)


def rules_as_json(rules: CategoryRules) -> dict[str, str | dict[str, str]]:
    """The rules as they are typed; `job_rules` by job type, only when there are some."""
    document: dict[str, str | dict[str, str]] = {"rule": rule_text(rules.own)}
    if rules.by_job:
        document["job_rules"] = {job: rule_text(rule) for job, rule in rules.by_job.items()}
    return document


def fields_of(category: str, audience: str) -> tuple[FieldSpec, ...]:
    """The active extra fields of a category, `audience` "organization" or "staff"."""
    rows = CategoryField.objects.filter(category=category, audience=audience, is_active=True)
    return tuple(row.spec for row in rows.order_by("position", "code"))


def table(category: str, audience: Audience) -> Sheet:
    """The ledger's table of one category: for forms, templates, imports and exports."""
    return table_of(audience, fields_of(category, audience))


def typed_fields(category: str, audience: Audience, params: Mapping[str, str]) -> dict[str, FieldValue]:
    """The values that the parameters of a filter give for extra fields, as the JSON holds them; unknown and empty ones
    are left out. Raises Refusal when a text is no value of its field.
    """
    texts = taken_from(params)
    return read(fields_of(category, audience), texts, zone()) if texts else {}


def fields_to_edit(category: str) -> dict[Audience, list[CategoryField]]:
    """The active extra fields of a category by audience, in their order."""
    rows = CategoryField.objects.filter(category=category, is_active=True).order_by("position", "code")
    return {audience: [row for row in rows if row.audience == audience] for audience in Audience}


def field_to_edit(field_id: UUID, *, actor: Actor) -> CategoryField:
    """An active extra field, with its category. Raises NOT_FOUND, also outside the actor's scope."""
    return _within_reach(CategoryField.objects.filter(id=field_id, is_active=True), actor)


def job_rule_to_edit(rule_id: UUID, *, actor: Actor) -> JobRule:
    """A rule by job type, with its category. Raises NOT_FOUND, also outside the actor's scope."""
    return _within_reach(JobRule.objects.filter(id=rule_id), actor)


def _within_reach(found: QuerySet[OfCategory], actor: Actor) -> OfCategory:
    row = or_not_found(found.select_related("category").first())
    category(row.category_id, actor=actor, action=EDIT_CATEGORIES)
    return row


def job_rules_of(category: Category, *, actor: Actor) -> list[tuple[JobRule, TestingRule | None, int]]:
    """The rules by job type, and for how many of the staff in the reader's scope each holds."""
    living = StaffMember.objects.visible_to(actor, SEE_STAFF).current().filter(enrolment__category=category)
    rules = list(category.job_rules.all())
    rows = living.filter(job_type__in=[row.job_type for row in rules]).values_list("job_type")
    staff = dict(rows.annotate(Count("id")))
    return [(row, row.rule, staff.get(row.job_type, 0)) for row in rules]


def _choices() -> Iterable[tuple[str, str]]:
    return Category.objects.in_use().values_list("code", "name")


def _names(codes: Collection[str]) -> Mapping[str, str]:
    return dict(Category.objects.filter(code__in=codes).values_list("code", "name"))


CATEGORIES = Source(_choices, _names)
"""Categories as scopes of rights: what the administrator of rights can choose (registered by the wiring)."""
