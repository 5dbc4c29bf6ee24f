"""Categories 哨点类别: list, rules, extra fields."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.fields.errors import AT as OF_DEFINITION
from outpost.fields.forms import FieldForm
from outpost.fields.specs import FieldKind
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.regions import queries as regions
from outpost.sentinel.actions import EDIT_CATEGORIES, SEE_CATEGORIES
from outpost.sentinel.columns import Audience
from outpost.sentinel.forms.categories import RULE_INPUTS, CategoryForm, JobRuleForm
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.queries.editing import edited_category, edited_field, edited_job_rule
from outpost.sentinel.queries.jobs import job_types
from outpost.sentinel.services import categories as services
from outpost.sentinel.services.category_fields import remove_field as remove_category_field
from outpost.sentinel.services.category_fields import set_field

# The field of the form at which a refusal of the service stands.
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
}


@door(SEE_CATEGORIES)
@require_GET
def categories(request: PageRequest) -> HttpResponse:
    """The categories that the reader meets, with their rules."""
    context = {
        "categories": queries.with_rules(queries.categories(actor=request.actor, action=SEE_CATEGORIES)),
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

    def save(form: CategoryForm) -> HttpResponse:
        entry = form.entry()
        services.set_category(entry, actor=request.actor, at=clock.now(), is_new=True)
        return _category_saved(request, entry.code)

    make = partial(CategoryForm, departments=regions.departments(), category=None)
    return form_page(request, "sentinel/category_form.html", make, save, at=FIELD_OF_PROBLEM)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_category(request: PageRequest, code: str) -> HttpResponse:
    """Change name, department and rule; switch the rule on or off."""
    found = queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)

    def save(form: CategoryForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        services.set_category(form.entry(code), actor=request.actor, at=clock.now(), seen=seen)
        return _category_saved(request, code)

    return edit_page(
        request,
        "sentinel/category_form.html",
        partial(CategoryForm, departments=regions.departments(), category=found),
        save,
        lambda: edited_category(found),
        at=FIELD_OF_PROBLEM,
        inputs=RULE_INPUTS,
        context={"category": found},
    )


def _category_saved(request: PageRequest, code: str) -> HttpResponse:
    messages.success(request, _("The category was saved. A new rule counts from the next match on."))
    return redirect("sentinel:category", code)


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
    category = queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)

    def save(form: JobRuleForm) -> HttpResponse:
        services.set_job_rule(form.entry(code), actor=request.actor, at=clock.now(), is_new=True)
        return _job_rule_saved(request, code)

    context = {"category": category, "jobs": job_types(code, actor=request.actor)}
    make = partial(JobRuleForm, row=None)
    return form_page(request, "sentinel/job_rule_form.html", make, save, at=FIELD_OF_PROBLEM, context=context)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_job_rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Change the rule of a job type."""
    row = queries.job_rule_to_edit(rule_id, actor=request.actor)

    def save(form: JobRuleForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        services.set_job_rule(form.entry(row.category_id), actor=request.actor, at=clock.now(), seen=seen)
        return _job_rule_saved(request, row.category_id)

    return edit_page(
        request,
        "sentinel/job_rule_form.html",
        partial(JobRuleForm, row=row),
        save,
        lambda: edited_job_rule(row),
        at=FIELD_OF_PROBLEM,
        inputs=RULE_INPUTS,
        context={"category": row.category, "row": row},
    )


def _job_rule_saved(request: PageRequest, category: str) -> HttpResponse:
    messages.success(request, _("The rule was saved. It counts from the next match on."))
    return redirect("sentinel:category", category)


@door(EDIT_CATEGORIES)
@require_POST
def remove_job_rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Let the category's rule hold for a job type again."""
    row = queries.job_rule_to_edit(rule_id, actor=request.actor)
    at = clock.now()
    services.remove_job_rule(row.category_id, row.job_type, actor=request.actor, at=at)
    tell_deleted(
        request,
        _("Removed. The category's rule holds for this job type from the next match on."),
        "sentinel.job_rule",
        at=at,
    )
    return redirect("sentinel:category", row.category_id)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def new_field(request: PageRequest, code: str, audience: str) -> HttpResponse:
    """Add an extra field to the organisations or the staff of a category; a code that is taken is refused."""
    category = queries.category(code, actor=request.actor, action=EDIT_CATEGORIES)
    if audience not in set(Audience):
        raise Refusal(NOT_FOUND)

    def save(form: FieldForm) -> HttpResponse:
        spec = form.spec(form.cleaned_data["code"] or f"field_{new_id().hex[:8]}")
        place, at = form.cleaned_data["position"], clock.now()
        set_field(code, audience, spec, actor=request.actor, at=at, position=place, is_new=True)
        return _field_saved(request, code)

    context = {"category": category, "audience": Audience(audience).label}
    return form_page(request, "sentinel/field_form.html", FieldForm, save, at=OF_DEFINITION, context=context)


@door(EDIT_CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit_field(request: PageRequest, field_id: UUID) -> HttpResponse:
    """Change an extra field."""
    field = queries.field_to_edit(field_id, actor=request.actor)

    def save(form: FieldForm) -> HttpResponse:
        spec, at = form.spec(field.code), clock.now()
        place, seen = form.cleaned_data["position"], form.cleaned_data[SEEN]
        set_field(
            field.category_id, field.audience, spec, actor=request.actor, at=at, position=place, seen=seen
        )
        return _field_saved(request, field.category_id)

    return edit_page(
        request,
        "sentinel/field_form.html",
        partial(FieldForm, field=field),
        save,
        lambda: edited_field(field),
        at=OF_DEFINITION,
        context={"category": field.category, "audience": Audience(field.audience).label, "field": field},
    )


def _field_saved(request: PageRequest, category: str) -> HttpResponse:
    messages.success(request, _("The field was saved. It stands in forms, templates and files now."))
    return redirect("sentinel:category", category)


@door(EDIT_CATEGORIES)
@require_POST
def remove_field(request: PageRequest, field_id: UUID) -> HttpResponse:
    """Take an extra field out of forms, files and filters; values on record stay."""
    field = queries.field_to_edit(field_id, actor=request.actor)
    at = clock.now()
    remove_category_field(field_id, actor=request.actor, at=at)
    tell_deleted(
        request, _("The field was removed. What was filled in stays on record."), "sentinel.field", at=at
    )
    return redirect("sentinel:category", field.category_id)
