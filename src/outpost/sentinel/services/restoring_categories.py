"""What was taken out of a category by hand comes back: the category itself, an extra field, the rule of a job type."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit import services as audit
from outpost.audit.deletions import Restorable
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.regions.rules import REGION
from outpost.sentinel import errors
from outpost.sentinel.models import Category, CategoryField, JobRule
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.services import categories, category_fields
from outpost.sentinel.services.categories import EDIT, JobRuleEntry


def restore_category(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Take a retired category into use again. Raises Refusal CATEGORY_NAME_TAKEN."""
    category = categories.locked(deletion.object_ids[0])
    if category.is_active:
        return
    categories.refuse_name(category.name, but=category.code)
    category.is_active, category.updated_at = True, at
    category.save(update_fields=["is_active", "updated_at"])
    audit.record("sentinel.category_restored", actor=actor, at=at, object_id=category.code)


def restore_field(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Let an extra field stand in forms, files and filters again. Raises Refusal FIELD_NAME_TAKEN."""
    row = CategoryField.objects.select_for_update(of=("self",)).get(id=deletion.object_ids[0])
    if row.is_active:
        return
    categories.locked(row.category_id)
    others = CategoryField.objects.filter(category=row.category_id, audience=row.audience, is_active=True)
    category_fields.check_names([*others, row])
    row.is_active = True
    row.save(update_fields=["is_active"])
    category_fields.record_field("sentinel.field_restored", row, actor=actor, at=at)


def restore_job_rule(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Let the rule of a job type hold again. Raises Refusal JOB_RULE_EXISTS when it has another one by now."""
    entry = JobRuleEntry(**deletion.kept)
    categories.locked(entry.category)
    if JobRule.objects.filter(category=entry.category, job_type=entry.job_type).exists():
        raise Refusal(errors.JOB_RULE_EXISTS, job_type=entry.job_type)
    categories.set_job_rule(entry, actor=actor, at=at)


def _category_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """A retired category is met by nobody's list: whoever edits those of the whole deployment may bring it back."""
    reach = actor.reach(EDIT)
    if not reach.everything and not reach.keys(REGION):
        return {}
    codes = [deletion.object_ids[0] for deletion in deletions]
    names = dict(Category.objects.filter(code__in=codes).values_list("code", "name"))
    return {one.id: names[one.object_ids[0]] for one in deletions if one.object_ids[0] in names}


def _field_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    ids = {UUID(one.object_ids[0]): one.id for one in deletions}
    found = CategoryField.objects.filter(id__in=ids).values_list("id", "name", "category_id")
    return _of_category({ids[id_]: (name, category) for id_, name, category in found}, actor)


def _job_rule_names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    return _of_category({one.id: (one.kept["job_type"], one.kept["category"]) for one in deletions}, actor)


def _of_category(parts: Mapping[UUID, tuple[str, str]], actor: Actor) -> Mapping[UUID, str]:
    """What to call parts of categories, given by name and category, where the actor edits the category."""
    met = {one.code: one.name for one in queries.categories(actor=actor, action=EDIT)}
    return {id_: f"{name}（{met[category]}）" for id_, (name, category) in parts.items() if category in met}


def _address_of_category(deletion: Deletion) -> str:
    return reverse("sentinel:category", args=deletion.object_ids)


def _address_of_field(deletion: Deletion) -> str:
    category = CategoryField.objects.values_list("category_id", flat=True).get(id=deletion.object_ids[0])
    return reverse("sentinel:category", args=[category])


def _address_of_job_rule(deletion: Deletion) -> str:
    return reverse("sentinel:category", args=[deletion.kept["category"]])


CATEGORIES = (
    Restorable(
        "sentinel.category", EDIT, _("Category"), _category_names, restore_category, _address_of_category
    ),
    Restorable(
        "sentinel.field", EDIT, _("Field of a category"), _field_names, restore_field, _address_of_field
    ),
    Restorable(
        "sentinel.job_rule",
        EDIT,
        _("Rule of a job type"),
        _job_rule_names,
        restore_job_rule,
        _address_of_job_rule,
    ),
)
