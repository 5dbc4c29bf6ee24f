"""Categories: their rules, their extra fields, and the templates that every installation begins with."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from outpost.audit import deletions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.sentinel import errors, fields
from outpost.sentinel.actions import EDIT_CATEGORIES
from outpost.sentinel.columns import JOB_TYPE, table_of
from outpost.sentinel.fields import Audience, FieldKind
from outpost.sentinel.models import Category, CategoryField, Enrolment, JobRule, StaffMember
from outpost.sentinel.queries.categories import rule_text, rules_of, spec_of
from outpost.sentinel.rules import OFF, RuleError, TestingRule
from outpost.sentinel.services.templates import DEPARTMENTS, TEMPLATES, Template

EDIT = EDIT_CATEGORIES

_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
_FIELD_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST_NAME = 40
NO_JOB_RULE = "none"  # in the audit and on the command line: the category's own rule holds


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """A category as an officer states it. `rule` is "window/least" such as "3/2", or "off"."""

    code: str
    name: str
    rule: str = OFF
    department: str = ""
    counts_days: bool = False
    judges_new_joiners: bool = False


@dataclass(frozen=True, slots=True)
class JobRuleEntry:
    """The rule of one job type of a category, "window/least" or "off": these staff are not tested."""

    category: str
    job_type: str
    rule: str
    counts_days: bool = False


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """An extra field; `audience` is "organization" or "staff", `kind` text, choice, date or number."""

    category: str
    audience: str
    code: str
    name: str
    kind: str
    name_en: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False
    position: int | None = None


def parse_rule(text: str, *, counts_days: bool = False) -> TestingRule | None:
    """A rule as typed, None for "off". Raises Refusal of `errors.OF_RULE`."""
    try:
        return TestingRule.parse(text, counts_days=counts_days)
    except RuleError as error:
        raise Refusal(errors.OF_RULE[error.code], **error.fields) from error


@transaction.atomic
def set_category(entry: CategoryEntry, *, actor: Actor, at: datetime) -> Category:
    """Make a category, or bring the one with this code to what is stated (a retired one comes back).

    A change of the rule is in the audit with the rule before and after. Raises Refusal: 403, CATEGORY_*,
    DEPARTMENT_UNKNOWN, or one of `errors.OF_RULE`.
    """
    actor.require(EDIT)
    rule = parse_rule(entry.rule, counts_days=entry.counts_days)
    name = _checked_name(entry)
    department = _department(entry.department)
    found = Category.objects.select_for_update(of=("self",)).filter(code=entry.code).first()
    before = None if found is None else _rule_of(found)
    category = found or Category(code=entry.code, position=_next_position())
    category.name = name
    category.department_id = department
    category.window_days = rule.window_days if rule else None
    category.least_tests = rule.least_tests if rule else None
    category.counts_days = entry.counts_days
    category.judges_new_joiners = entry.judges_new_joiners
    category.is_active = True
    category.updated_at = at
    category.save(force_insert=found is None)
    _record(category, before, actor=actor, at=at)
    return category


@transaction.atomic
def set_job_rule(entry: JobRuleEntry, *, actor: Actor, at: datetime) -> JobRule:
    """Let a rule hold for one job type in place of the category's; a repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND, JOB_TYPE_EMPTY, one of `errors.OF_RULE`, or what is wrong with the text of the
    job type.
    """
    actor.require(EDIT)
    category = locked(entry.category)
    rule = parse_rule(entry.rule, counts_days=entry.counts_days)
    job_type = JOB_TYPE.parser(zone())(entry.job_type)
    if not job_type:
        raise Refusal(errors.JOB_TYPE_EMPTY)
    before = rules_of(category).by_job
    row, _is_new = JobRule.objects.update_or_create(
        category=category,
        job_type=job_type,
        defaults={
            "window_days": rule.window_days if rule else None,
            "least_tests": rule.least_tests if rule else None,
            "counts_days": entry.counts_days,
        },
    )
    if job_type not in before or before[job_type] != rule:
        was = _in_words(before[job_type]) if job_type in before else NO_JOB_RULE
        _tell_job_rule(category, job_type, was, _in_words(rule), actor=actor, at=at)
    return row


@transaction.atomic
def remove_job_rule(category: str, job_type: str, *, actor: Actor, at: datetime) -> None:
    """Let the category's rule hold for this job type again; a repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(EDIT)
    found = locked(category)
    row = found.job_rules.filter(job_type=job_type).first()
    if row is not None:
        was = _in_words(rules_of(found).by_job[job_type])
        deletions.remember(
            "sentinel.job_rule",
            [row.id],
            actor=actor,
            at=at,
            parts={"job_rules": 1},
            kept={
                "category": category,
                "job_type": job_type,
                "rule": rule_text(rules_of(found).by_job[job_type]),
                "counts_days": row.counts_days,
            },
        )
        row.delete()
        _tell_job_rule(found, job_type, was, NO_JOB_RULE, actor=actor, at=at)


@transaction.atomic
def retire_category(code: str, *, actor: Actor, at: datetime) -> None:
    """Take an empty category out of use; its history stays. A repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND, CATEGORY_IN_USE while organisations stand in it.
    """
    actor.require(EDIT)
    category = locked(code)
    if not category.is_active:
        return
    if count := Enrolment.objects.current().filter(category=category).count():
        raise Refusal(errors.CATEGORY_IN_USE, organizations=count)
    category.is_active = False
    category.updated_at = at
    category.save(update_fields=["is_active", "updated_at"])
    deletions.remember("sentinel.category", [code], actor=actor, at=at, parts={"categories": 1})
    audit.record("sentinel.category_retired", actor=actor, at=at, object_id=code)


@transaction.atomic
def set_field(entry: FieldEntry, *, actor: Actor, at: datetime) -> CategoryField:
    """Add an extra field, or change the one of this code (one that was removed comes back).

    Raises Refusal: 403, NOT_FOUND, FIELD_*; the kind of a field that records use stays.
    """
    actor.require(EDIT)
    category = locked(entry.category)
    _check_field(entry)
    mine = CategoryField.objects.filter(category=category, audience=entry.audience)
    found = mine.filter(code=entry.code).first()
    if found is not None and found.kind != entry.kind and _is_used(found):
        raise Refusal(errors.FIELD_KIND_FIXED)
    row = found or CategoryField(id=new_id(), category=category, audience=entry.audience, code=entry.code)
    row.name = " ".join(entry.name.split())
    row.name_en = " ".join(entry.name_en.split())
    row.kind = entry.kind
    row.choices = [choice.strip() for choice in entry.choices] if entry.kind == FieldKind.CHOICE else []
    row.is_required = entry.is_required
    if entry.position is not None:
        row.position = entry.position
    elif found is None:
        row.position = mine.count()
    row.is_active = True
    check_names([*mine.filter(is_active=True).exclude(code=entry.code), row])
    row.save(force_insert=found is None)
    record_field(category, "sentinel.field_set", row, actor=actor, at=at)
    return row


@transaction.atomic
def remove_field(field_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take an extra field out of forms, files and filters; values on record stay. A repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(EDIT)
    row = CategoryField.objects.select_for_update(of=("self",)).filter(id=field_id).first()
    if row is None:
        raise Refusal(NOT_FOUND)
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        deletions.remember("sentinel.field", [row.id], actor=actor, at=at, parts={"fields": 1})
        record_field(row.category, "sentinel.field_removed", row, actor=actor, at=at)


@transaction.atomic
def ensure_templates(*, region: str, actor: Actor, at: datetime) -> int:
    """Make the built-in categories of a district that are missing, with their departments and fields; returns how
    many.

    What somebody edited, or retired, stays.
    """
    known = set(Category.objects.values_list("code", flat=True))
    missing = [template for template in TEMPLATES if template.code not in known]
    for department in dict.fromkeys(template.department for template in missing):
        regions_services.ensure_department(
            department, DEPARTMENTS[department], region=region, actor=actor, at=at
        )
    for template in missing:
        _make(template, actor=actor, at=at)
    return len(missing)


def _make(template: Template, *, actor: Actor, at: datetime) -> None:
    entry = CategoryEntry(template.code, template.name, template.rule, template.department)
    category = set_category(entry, actor=actor, at=at)
    CategoryField.objects.bulk_create(
        CategoryField(
            category=category,
            audience=audience,
            code=spec.code,
            name=spec.name,
            name_en=spec.name_en,
            kind=spec.kind,
            choices=list(spec.choices),
            is_required=spec.is_required,
            position=position,
        )
        for audience, specs in (
            (Audience.ORGANIZATION, template.organization),
            (Audience.STAFF, template.staff),
        )
        for position, spec in enumerate(specs)
    )


def locked(code: str) -> Category:
    found = Category.objects.select_for_update(of=("self",)).filter(code=code).first()
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


def _checked_name(entry: CategoryEntry) -> str:
    if not _CODE.fullmatch(entry.code):
        raise Refusal(errors.CATEGORY_CODE_FORM)
    name = " ".join(entry.name.split())[:LONGEST_NAME]
    if not name:
        raise Refusal(errors.CATEGORY_NAME_EMPTY)
    refuse_name(name, but=entry.code)
    return name


def refuse_name(name: str, *, but: str) -> None:
    """Raise CATEGORY_NAME_TAKEN when another category in use is called so."""
    clash = Category.objects.filter(name=name, is_active=True).exclude(code=but).first()
    if clash is not None:
        raise Refusal(errors.CATEGORY_NAME_TAKEN, name=name, code=clash.code)


def _department(code: str) -> str | None:
    if not code:
        return None
    known = [department.code for department in regions.departments()]
    if code not in known:
        raise Refusal(errors.DEPARTMENT_UNKNOWN, found=code, known="、".join(known))
    return code


def _next_position() -> int:
    last: int | None = Category.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _rule_of(category: Category) -> str:
    """The rule in force, with all that decides about it, as the audit keeps it."""
    rule = rules_of(category).own
    if rule is None:
        return OFF
    return _in_words(rule) + (" joiners" if category.judges_new_joiners else "")


def _in_words(rule: TestingRule | None) -> str:
    return rule_text(rule) + (" days" if rule and rule.counts_days else "")


def _record(category: Category, before: str | None, *, actor: Actor, at: datetime) -> None:
    after = _rule_of(category)
    audit.record("sentinel.category_set", actor=actor, at=at, object_id=category.code)
    if before != after:
        detail = {"before": before or OFF, "after": after}
        audit.record("sentinel.rule_changed", actor=actor, at=at, object_id=category.code, detail=detail)


def _tell_job_rule(
    category: Category, job_type: str, before: str, after: str, *, actor: Actor, at: datetime
) -> None:
    detail = {"job_type": job_type, "before": before, "after": after}
    audit.record("sentinel.rule_changed", actor=actor, at=at, object_id=category.code, detail=detail)


def _check_field(entry: FieldEntry) -> None:
    if entry.audience not in set(Audience):
        raise Refusal(errors.FIELD_AUDIENCE)
    if entry.kind not in set(FieldKind):
        raise Refusal(errors.FIELD_KIND)
    if not _FIELD_CODE.fullmatch(entry.code):
        raise Refusal(errors.FIELD_CODE_FORM)
    if not entry.name.strip():
        raise Refusal(errors.FIELD_NAME_EMPTY)
    choices = {choice.strip() for choice in entry.choices}
    is_whole = len(choices) == len(entry.choices) and all(0 < len(c) <= fields.LONGEST_TEXT for c in choices)
    if entry.kind == FieldKind.CHOICE and not (is_whole and 2 <= len(choices) <= fields.MOST_CHOICES):
        raise Refusal(errors.FIELD_CHOICES, most=fields.MOST_CHOICES, limit=fields.LONGEST_TEXT)


def check_names(rows: list[CategoryField]) -> None:
    """Refuse a field by whose name a header would mean two columns."""
    try:
        table_of(Audience(rows[-1].audience), [spec_of(row) for row in rows])
    except ValueError as error:
        raise Refusal(errors.FIELD_NAME_TAKEN, name=rows[-1].name) from error


def _is_used(row: CategoryField) -> bool:
    if row.audience == Audience.ORGANIZATION:
        return Enrolment.objects.filter(category=row.category_id, fields__has_key=row.code).exists()
    return StaffMember.objects.filter(enrolment__category=row.category_id, fields__has_key=row.code).exists()


def record_field(category: Category, action: str, row: CategoryField, *, actor: Actor, at: datetime) -> None:
    detail = {"category": category.code, "audience": row.audience, "field": row.code}
    audit.record(action, actor=actor, at=at, object_id=row.id, detail=detail)
