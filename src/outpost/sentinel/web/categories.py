"""Categories 哨点类别: list, rules, extra fields."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.regions import queries as regions
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_CATEGORIES, SEE_CATEGORIES
from outpost.sentinel.fields import Audience, FieldKind
from outpost.sentinel.forms.categories import CategoryForm, FieldForm, JobRuleForm
from outpost.sentinel.models import Category, CategoryField, JobRule
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.queries.staff import job_types
from outpost.sentinel.rules import OFF
from outpost.sentinel.services import categories as services

# The columns that a service's refusal names by its problem: the form's own field.
FIELD_OF_PROBLEM = {
    "sentinel.category_code_form": "code",
    "sentinel.category_code_taken": "code",
    "sentinel.job_rule_taken": "job_type",
    "sentinel.category_name_taken": "name",
    "sentinel.category_name_empty": "name",
    "sentinel.department_unknown": "department",
    "sentinel.job_type_empty": "job_type",
    "sheets.too_long": "job_type",
    "sheets.control_character": "job_type",
    "sentinel.rule_window": "window_days",
    "sentinel.rule_least": "least_tests",
    "sentinel.rule_days": "least_tests",
    "sentinel.field_code_form": "code",
    "sentinel.field_name_empty": "name",
    "sentinel.field_name_taken": "name",
    "sentinel.field_kind_fixed": "kind",
    "sentinel.field_choices": "choices",
}


@door(SEE_CATEGORIES)
@require_GET
def categories(request: PageRequest) -> HttpResponse:
    """The categories that the reader meets, with their rules."""
    context = {
        "categories": queries.categories(actor=request.actor, action=SEE_CATEGORIES),
        "may_edit": request.actor.may(EDIT_CATEGORIES),
    }
    return render(request, "sentinel/categories.html", context)


@door(SEE_CATEGORIES)
@require_GET
def category(request: PageRequest, code: str) -> HttpResponse:
    """One category: its rules and its extra fields."""
    found = queries.category(code, actor=request.actor, action=SEE_CATEGORIES)
    fields = queries.fields_to_edit(code)
    context = {
        "category": found,
        "job_rules": queries.job_rules_of(found, actor=request.actor),
        "tables": [(audience, audience.label, fields[audience]) for audience in Audience],
        "kinds": dict(FieldKind.choices()),
        "may_edit": request.actor.may(EDIT_CATEGORIES),
    }
    return render(request, "sentinel/category.html", context)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def new_category(request: PageRequest) -> HttpResponse:
    """Make a category; a code that is taken is refused rather than changed."""
    return _category_page(request, None, {"rule": OFF})


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_category(request: PageRequest, code: str) -> HttpResponse:
    """Change name, department and rule; switch the rule on or off."""
    found = queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)
    initial = {
        "name": found.name,
        "department": found.department_id,
        **CategoryForm.initial_of(queries.rules_of(found).own),
        "judges_new_joiners": found.judges_new_joiners,
    }
    return _category_page(request, found, initial)


def _category_page(request: PageRequest, category: Category | None, initial: dict[str, Any]) -> HttpResponse:
    def save(form: CategoryForm) -> HttpResponse:
        entry = form.entry(category.code if category else "")
        if category is None and queries.is_code_taken(entry.code):
            raise Refusal(errors.CATEGORY_CODE_TAKEN)
        services.set_category(entry, actor=request.actor, at=clock.now())
        messages.success(request, _("The category was saved. A new rule counts from the next match on."))
        return redirect("sentinel:category", entry.code)

    make = partial(CategoryForm, departments=regions.departments(), is_new=category is None, initial=initial)
    context = {"category": category}
    return form_page(request, "sentinel/category_form.html", make, save, at=FIELD_OF_PROBLEM, context=context)


@door(EDIT_CATEGORIES)
@require_POST
def retire_category(request: PageRequest, code: str) -> HttpResponse:
    """Take an empty category out of use."""
    queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)
    at = clock.now()
    try:
        services.retire_category(code, actor=request.actor, at=at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("sentinel:category", code)
    tell_deleted(
        request, _("The category was taken out of use. Its history stays."), "sentinel.category", at=at
    )
    return redirect("sentinel:categories")


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def new_job_rule(request: PageRequest, code: str) -> HttpResponse:
    """Let another rule hold for one job type; one that has a rule is refused rather than changed."""
    return _job_rule_page(request, queries.category(code, actor=request.actor, action=EDIT_CATEGORIES), None)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_job_rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Change the rule of a job type."""
    row, category = _job_rule(request, rule_id)
    return _job_rule_page(request, category, row)


def _job_rule_page(request: PageRequest, category: Category, row: JobRule | None) -> HttpResponse:
    rules = queries.rules_of(category)

    def save(form: JobRuleForm) -> HttpResponse:
        if row is None and form.cleaned_data["job_type"] in rules.by_job:
            raise Refusal(errors.JOB_RULE_TAKEN)
        services.set_job_rule(form.entry(category.code), actor=request.actor, at=clock.now())
        messages.success(request, _("The rule was saved. It counts from the next match on."))
        return redirect("sentinel:category", category.code)

    def make(data: QueryDict | None) -> JobRuleForm:
        if row is None:
            return JobRuleForm(data)
        return JobRuleForm(
            data, job_type=row.job_type, initial=JobRuleForm.initial_of(rules.of(row.job_type))
        )

    context = {"category": category, "row": row, "jobs": job_types(category.code, actor=request.actor)}
    return form_page(request, "sentinel/job_rule_form.html", make, save, at=FIELD_OF_PROBLEM, context=context)


@door(EDIT_CATEGORIES)
@require_POST
def remove_job_rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Let the category's rule hold for a job type again."""
    row, category = _job_rule(request, rule_id)
    at = clock.now()
    services.remove_job_rule(category.code, row.job_type, actor=request.actor, at=at)
    tell_deleted(
        request,
        _("Removed. The category's rule holds for this job type from the next match on."),
        "sentinel.job_rule",
        at=at,
    )
    return redirect("sentinel:category", category.code)


def _job_rule(request: PageRequest, rule_id: UUID) -> tuple[JobRule, Category]:
    row = queries.job_rule_to_edit(rule_id)
    return row, queries.category(row.category_id, actor=request.actor, action=EDIT_CATEGORIES)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def new_field(request: PageRequest, code: str, audience: str) -> HttpResponse:
    """Add an extra field to the organisations or the staff of a category."""
    category = queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)
    if audience not in set(Audience):
        raise Refusal(NOT_FOUND)
    return _field_page(request, category, Audience(audience), None)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_field(request: PageRequest, field_id: UUID) -> HttpResponse:
    """Change an extra field."""
    field = _field(request, field_id)
    initial = {
        "name": field.name,
        "name_en": field.name_en,
        "kind": field.kind,
        "choices": "\n".join(field.choices),
        "is_required": field.is_required,
        "position": field.position,
    }
    return _field_page(request, field.category, Audience(field.audience), field, initial)


def _field(request: PageRequest, field_id: UUID) -> CategoryField:
    field = queries.field_to_edit(field_id)
    queries.category(field.category_id, actor=request.actor, action=EDIT_CATEGORIES)
    return field


def _field_page(
    request: PageRequest,
    category: Category,
    audience: Audience,
    field: CategoryField | None,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    def save(form: FieldForm) -> HttpResponse:
        code = field.code if field else form.cleaned_data["code"] or f"field_{new_id().hex[:8]}"
        services.set_field(form.entry(category.code, audience, code), actor=request.actor, at=clock.now())
        messages.success(request, _("The field was saved. It stands in forms, templates and files now."))
        return redirect("sentinel:category", category.code)

    make = partial(FieldForm, is_new=field is None, initial=initial)
    context = {"category": category, "audience": audience.label, "field": field}
    return form_page(request, "sentinel/field_form.html", make, save, at=FIELD_OF_PROBLEM, context=context)


@door(EDIT_CATEGORIES)
@require_POST
def remove_field(request: PageRequest, field_id: UUID) -> HttpResponse:
    """Take an extra field out of forms, files and filters; values on record stay."""
    field = _field(request, field_id)
    at = clock.now()
    services.remove_field(field_id, actor=request.actor, at=at)
    tell_deleted(
        request, _("The field was removed. What was filled in stays on record."), "sentinel.field", at=at
    )
    return redirect("sentinel:category", field.category_id)
