"""Reads of categories, their extra fields and rules by job type, and how far an action reaches inside one."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from outpost.access.scopes import Source
from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.clock import zone
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.scoped import condition
from outpost.core.sheets.columns import Sheet
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.sentinel.actions import SEE_STAFF
from outpost.sentinel.columns import table_of
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.fields import Audience, FieldKind, FieldSpec, FieldValue, stored
from outpost.sentinel.models import (
    Category,
    CategoryField,
    CategoryQuerySet,
    Enrolment,
    JobRule,
    StaffMember,
)
from outpost.sentinel.rules import CATEGORY, OFF, CategoryRules, TestingRule

WHOLE_CATEGORIES = tuple(column.kind for column in CategoryQuerySet.scopes)
"""The kinds of scopes that hold a category with all that stands in it."""


def categories(*, actor: Actor, action: str) -> list[Category]:
    """The active categories that the actor may meet, in the order of menus; `department` is loaded.

    An officer of a region meets all, a bureau its own, a principal those of their organisations.
    """
    reach = actor.reach(action)
    found = Category.objects.filter(is_active=True).select_related("department").order_by("position", "code")
    found = found.prefetch_related("job_rules")
    if not reach:
        return []
    if not reach.everything and not reach.keys(REGION):
        own = Enrolment.objects.current().within(reach.without(*WHOLE_CATEGORIES))
        found = found.filter(
            condition(CategoryQuerySet.scopes, reach) | Exists(own.filter(category=OuterRef("pk")))
        )
    return list(found)


def category(code: str, *, actor: Actor, action: str) -> Category:
    """One of them. Raises Refusal NOT_FOUND."""
    for found in categories(actor=actor, action=action):
        if found.code == code:
            return found
    raise Refusal(NOT_FOUND)


def known_category(code: str) -> Category:
    """An active category by its code, for parameters of files and commands. Raises CATEGORY_UNKNOWN."""
    active = {
        found.code: found for found in Category.objects.filter(is_active=True).order_by("position", "code")
    }
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


def rules_of(category: Category) -> CategoryRules:
    """The testing rules of a category, those of its job types in the order of their names."""
    own = TestingRule.stored(category.window_days, category.least_tests, category.counts_days)
    by_job = {
        row.job_type: TestingRule.stored(row.window_days, row.least_tests, row.counts_days)
        for row in category.job_rules.all()
    }
    return CategoryRules(own, by_job)


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
    return tuple(spec_of(row) for row in rows.order_by("position", "code"))


def spec_of(row: CategoryField) -> FieldSpec:
    """An extra field as forms and files need it."""
    return FieldSpec(
        row.code, row.name, FieldKind(row.kind), row.name_en, tuple(row.choices), is_required=row.is_required
    )


def table(category: str, audience: Audience) -> Sheet:
    """The ledger's table of one category: for forms, templates, imports and exports."""
    return table_of(audience, fields_of(category, audience))


def typed_fields(category: str, audience: Audience, texts: Mapping[str, str]) -> dict[str, FieldValue]:
    """Values of extra fields as texts by code → as the JSON holds them; unknown and empty ones are left out.

    Raises Refusal when a text is no value of its field.
    """
    found = {}
    for spec in fields_of(category, audience):
        if text := texts.get(spec.code, "").strip():
            found[spec.code] = stored(spec.column().parser(zone())(text))
    return found


def is_code_taken(code: str) -> bool:
    """Whether a category in use has this code."""
    return Category.objects.filter(code=code, is_active=True).exists()


def fields_to_edit(category: str) -> dict[str, list[CategoryField]]:
    """The active extra fields of a category by audience, in their order."""
    rows = CategoryField.objects.filter(category=category, is_active=True).order_by("position", "code")
    by_audience: dict[str, list[CategoryField]] = {"organization": [], "staff": []}
    for row in rows:
        by_audience[row.audience].append(row)
    return by_audience


def field_to_edit(field_id: UUID) -> CategoryField:
    """An active extra field. Raises NOT_FOUND."""
    found = CategoryField.objects.filter(id=field_id, is_active=True).select_related("category").first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def job_rule_to_edit(rule_id: UUID) -> JobRule:
    """A rule by job type, with its category. Raises NOT_FOUND."""
    found = JobRule.objects.filter(id=rule_id).select_related("category").first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def job_rules_of(category: Category, *, actor: Actor) -> list[tuple[JobRule, TestingRule | None, int]]:
    """The rules by job type, and for how many of the staff in the reader's scope each holds."""
    living = StaffMember.objects.visible_to(actor, SEE_STAFF).current().filter(enrolment__category=category)
    rules = rules_of(category).by_job
    rows = living.filter(job_type__in=rules).values_list("job_type").annotate(Count("id"))
    staff = dict(rows)
    return [(row, rules[row.job_type], staff.get(row.job_type, 0)) for row in category.job_rules.all()]


def _choices() -> Iterable[tuple[str, str]]:
    found = Category.objects.filter(is_active=True).order_by("position", "code")
    return found.values_list("code", "name")


def _names(codes: Collection[str]) -> Mapping[str, str]:
    return dict(Category.objects.filter(code__in=codes).values_list("code", "name"))


CATEGORIES = Source(_choices, _names)
"""Categories as scopes of rights: what the administrator of rights can choose (registered by the wiring)."""
