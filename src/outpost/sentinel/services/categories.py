"""Categories: made, changed, taken out of use; the rules of their job types."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from outpost.audit import deletions, editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.regions import queries as regions
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_CATEGORIES
from outpost.sentinel.columns import JOB_TYPE
from outpost.sentinel.models import Category, Enrolment, JobRule
from outpost.sentinel.queries.categories import rule_text
from outpost.sentinel.queries.editing import edited_category, edited_job_rule
from outpost.sentinel.rules import OFF, RuleError, TestingRule
from outpost.sentinel.services import latest

EDIT = EDIT_CATEGORIES

_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
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


def parse_rule(text: str, *, counts_days: bool = False) -> TestingRule | None:
    """A rule as typed, None for "off". Raises Refusal of `errors.OF_RULE`."""
    try:
        return TestingRule.parse(text, counts_days=counts_days)
    except RuleError as error:
        raise Refusal(errors.OF_RULE[error.code], **error.fields) from error


@transaction.atomic
def set_category(
    entry: CategoryEntry, *, actor: Actor, at: datetime, is_new: bool = False, seen: str = ""
) -> Category:
    """Make a category, or bring the one with this code to what is stated (a retired one comes back; with `is_new` one
    in use is refused). What is so already changes nothing.

    A change of the rule is in the audit with the rule before and after. Raises Refusal: 403, CATEGORY_*,
    DEPARTMENT_UNKNOWN, EDITED_MEANWHILE, or one of `errors.OF_RULE`.
    """
    actor.require(EDIT)
    rule = parse_rule(entry.rule, counts_days=entry.counts_days)
    name = _checked_name(entry)
    department = _department(entry.department)
    found = Category.objects.select_for_update(of=("self",)).filter(code=entry.code).first()
    if found is not None:
        if is_new and found.is_active:
            raise Refusal(errors.CATEGORY_CODE_TAKEN)
        if seen and not found.is_active:  # it was taken out of use while it was edited
            raise Refusal(NOT_FOUND)
        editing.refuse_unread(seen, edited_category(found))
    category = found or Category(code=entry.code, position=_next_position(), is_active=False)
    before, was = _stated(category), _rule_of(category)
    category.name, category.department_id, category.is_active = name, department, True
    category.state_rule(rule, entry.counts_days)
    category.judges_new_joiners = entry.judges_new_joiners
    if _stated(category) == before:
        return category
    category.updated_at = at
    category.save(force_insert=found is None)
    audit.record("sentinel.category_set", actor=actor, at=at, object_id=category.code)
    _follow_rule(category, was, _rule_of(category), actor=actor, at=at)
    return category


@transaction.atomic
def set_job_rule(
    entry: JobRuleEntry, *, actor: Actor, at: datetime, is_new: bool = False, seen: str = ""
) -> JobRule:
    """Let a rule hold for one job type in place of the category's (with `is_new` one that has a rule is refused); a
    repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND, JOB_TYPE_EMPTY, JOB_RULE_TAKEN, EDITED_MEANWHILE, one of `errors.OF_RULE`, or what
    is wrong with the text of the job type.
    """
    actor.require(EDIT)
    category = locked(entry.category)
    rule = parse_rule(entry.rule, counts_days=entry.counts_days)
    job_type = JOB_TYPE.parser(zone())(entry.job_type)
    if not job_type:
        raise Refusal(errors.JOB_TYPE_EMPTY)
    found = category.job_rules.filter(job_type=job_type).first()
    if found is None and seen:  # it was removed while it was edited
        raise Refusal(NOT_FOUND)
    if found is not None:
        if is_new:
            raise Refusal(errors.JOB_RULE_TAKEN)
        editing.refuse_unread(seen, edited_job_rule(found))
    before = NO_JOB_RULE if found is None else _in_words(found.rule)
    row = found or JobRule(category=category, job_type=job_type)
    row.state_rule(rule, entry.counts_days)
    row.save(force_insert=found is None)
    _follow_rule(category, before, _in_words(rule), job_type=job_type, actor=actor, at=at)
    return row


@transaction.atomic
def remove_job_rule(category: str, job_type: str, *, actor: Actor, at: datetime) -> None:
    """Let the category's rule hold for this job type again; a repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(EDIT)
    found = locked(category)
    row = found.job_rules.filter(job_type=job_type).first()
    if row is None:
        return
    kept = {"category": category, "job_type": job_type, "rule": rule_text(row.rule)}
    deletions.remember(
        "sentinel.job_rule",
        [row.id],
        actor=actor,
        at=at,
        parts={"job_rules": 1},
        kept={**kept, "counts_days": row.counts_days},
    )
    row.delete()
    _follow_rule(found, _in_words(row.rule), NO_JOB_RULE, job_type=job_type, actor=actor, at=at)


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


def locked(code: str) -> Category:
    """The category of this code, locked. Raises NOT_FOUND."""
    return or_not_found(Category.objects.select_for_update(of=("self",)).filter(code=code).first())


def refuse_name(name: str, *, but: str) -> None:
    """Raise CATEGORY_NAME_TAKEN when another category in use is called so."""
    clash = Category.objects.filter(name=name, is_active=True).exclude(code=but).first()
    if clash is not None:
        raise Refusal(errors.CATEGORY_NAME_TAKEN, name=name, code=clash.code)


def _checked_name(entry: CategoryEntry) -> str:
    if not _CODE.fullmatch(entry.code):
        raise Refusal(errors.CATEGORY_CODE_FORM)
    name = " ".join(entry.name.split())
    if not name:
        raise Refusal(errors.CATEGORY_NAME_EMPTY)
    refuse_name(name, but=entry.code)
    return name


def _department(code: str) -> str | None:
    known = [department.code for department in regions.departments()] if code else []
    if code and code not in known:
        raise Refusal(errors.DEPARTMENT_UNKNOWN, found=code, known="、".join(known))
    return code or None


def _next_position() -> int:
    last: int | None = Category.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _stated(category: Category) -> tuple[object, ...]:
    """What of a category can be stated, to see whether anything changes."""
    return category.is_active, *edited_category(category).texts.items()


def _rule_of(category: Category) -> str:
    """The rule in force, with all that decides about it, as the audit keeps it."""
    return _in_words(category.rule) + (" joiners" if category.judges_new_joiners else "")


def _in_words(rule: TestingRule | None) -> str:
    return rule_text(rule) + (" days" if rule and rule.counts_days else "")


def _follow_rule(
    category: Category, before: str, after: str, *, actor: Actor, at: datetime, **of: str
) -> None:
    """Put a change of the rule into the audit and into the narrow rows; `of` may name the `job_type`."""
    if before != after:
        latest.follow_rule(category.code)
        detail = {**of, "before": before, "after": after}
        audit.record("sentinel.rule_changed", actor=actor, at=at, object_id=category.code, detail=detail)
