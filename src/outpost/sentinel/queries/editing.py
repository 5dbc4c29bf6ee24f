"""What the forms of the instrument show of the thing that they change, so that nothing is overwritten unread."""

from collections.abc import Iterable

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from outpost.audit.editing import Act, Edited, flag, flag_in_words, last_act
from outpost.audit.versions import Change
from outpost.core.actor import Actor
from outpost.fields import models as fields
from outpost.fields.specs import FieldSpec
from outpost.regions import queries as regions
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category, CategoryField, Enrolment, JobRule, StaffMember
from outpost.sentinel.queries import texts
from outpost.sentinel.queries.categories import rule_text
from outpost.sentinel.queries.history import history_of, organization_history
from outpost.sentinel.rules import TestingRule

NAMES = {
    "name": gettext_lazy("Name of the category"),
    "department": gettext_lazy("Responsible department"),
    "rule": gettext_lazy("Testing rule"),
    "counts_days": gettext_lazy("Count days with a test: two samples of one day are one"),
    "judges_new_joiners": gettext_lazy("Judge new joiners from their first day"),
}
"""What is edited of a category, and of the rule of a job type, as forms call it."""


def edited_category(category: Category) -> Edited:
    """What a form shows of a category."""
    stated = {
        "name": category.name,
        "department": category.department_id or "",
        "rule": rule_text(category.rule),
        "counts_days": flag(category.counts_days),
        "judges_new_joiners": flag(category.judges_new_joiners),
    }
    last = last_act(category.code, "sentinel.category_set", "sentinel.category_restored")
    return Edited(category.code, stated, last, NAMES, MASKS)


def edited_job_rule(row: JobRule) -> Edited:
    """What a form shows of the rule of a job type."""
    stated = {"rule": rule_text(row.rule), "counts_days": flag(row.counts_days)}
    last = last_act(row.category_id, "sentinel.rule_changed", job_type=row.job_type)
    return Edited(row.id, stated, last, NAMES, MASKS)


def edited_field(row: CategoryField) -> Edited:
    """What a form shows of an extra field."""
    last = last_act(row.id, "sentinel.field_set", "sentinel.field_restored")
    return Edited(row.id, row.texts(), last, fields.NAMES, fields.MASKS)


def edited_member(member: StaffMember, specs: Iterable[FieldSpec], *, actor: Actor) -> Edited:
    """What a form shows of a staff member in reach, whose person is loaded; `specs` are the category's own fields."""
    return Edited(
        member.id,
        texts.of_member(member),
        lambda: _last(history_of(member, actor=actor)),
        texts.names_of(Audience.STAFF, specs),
        texts.masks_for(actor, member.enrolment.organization_id, Audience.STAFF),
    )


def edited_enrolment(enrolment: Enrolment, specs: Iterable[FieldSpec], *, actor: Actor) -> Edited:
    """What a form shows of an organisation in reach; `specs` are the category's own fields."""
    return Edited(
        enrolment.id,
        texts.of_enrolment(enrolment),
        lambda: _last(organization_history(enrolment.id, actor=actor)),
        texts.names_of(Audience.ORGANIZATION, specs),
        {**texts.masks_for(actor, enrolment.organization_id, Audience.ORGANIZATION), **texts.PLACE_NAMES},
    )


def _last(changes: Iterable[Change]) -> Act | None:
    """Who really changed something: a look keeps no version, and an edit may have changed nothing."""
    return next(((one.who, one.at) for one in changes if one.differences), None)


def _rule_name(text: str) -> str:
    rule = TestingRule.parse(text)
    return rule.name(get_language() or "zh-hans") if rule else _("Off")


MASKS = {
    "department": regions.department_name,
    "rule": _rule_name,
    "counts_days": flag_in_words,
    "judges_new_joiners": flag_in_words,
}
