"""The extra fields of categories: defined, changed, taken out of use."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import deletions, editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.fields.errors import FIELD_KIND_FIXED, FIELD_NAME_TAKEN
from outpost.fields.specs import FieldSpec
from outpost.sentinel import errors
from outpost.sentinel.columns import Audience, table_of
from outpost.sentinel.models import CategoryField, Enrolment, StaffMember
from outpost.sentinel.queries.editing import edited_field
from outpost.sentinel.services.categories import EDIT, locked


@transaction.atomic
def set_field(
    category: str,
    audience: str,
    spec: FieldSpec,
    *,
    actor: Actor,
    at: datetime,
    position: int | None = None,
    is_new: bool = False,
    seen: str = "",
) -> CategoryField:
    """Add an extra field to the organisations or the staff of a category, or change the one of this code (one that was
    removed comes back; with `is_new` one in use is refused). `position`: its place, by default the last or as it is.

    Raises Refusal: 403, NOT_FOUND, FIELD_*, EDITED_MEANWHILE; the kind of a field that records use stays.
    """
    actor.require(EDIT)
    place = locked(category)
    if audience not in set(Audience):
        raise Refusal(errors.FIELD_AUDIENCE)
    spec = spec.checked()
    mine = CategoryField.objects.filter(category=place, audience=audience)
    found = mine.filter(code=spec.code).first()
    if found is not None:
        _check_change(found, spec, is_new=is_new, seen=seen)
    row = found or CategoryField(
        id=new_id(), category=place, audience=audience, code=spec.code, position=mine.count(), is_active=False
    )
    before = (row.spec, row.position, row.is_active)
    row.define(spec)
    row.position = row.position if position is None else position
    row.is_active = True
    if (row.spec, row.position, row.is_active) == before:
        return row
    check_names([*mine.filter(is_active=True).exclude(code=spec.code), row])
    row.save(force_insert=found is None)
    record_field("sentinel.field_set", row, actor=actor, at=at)
    return row


@transaction.atomic
def remove_field(field_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take an extra field out of forms, files and filters; values on record stay. A repetition changes nothing.

    Raises Refusal: 403, NOT_FOUND.
    """
    actor.require(EDIT)
    row = or_not_found(CategoryField.objects.select_for_update(of=("self",)).filter(id=field_id).first())
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        deletions.remember("sentinel.field", [row.id], actor=actor, at=at, parts={"fields": 1})
        record_field("sentinel.field_removed", row, actor=actor, at=at)


def check_names(rows: Iterable[CategoryField]) -> None:
    """Refuse the last of these fields when a header would mean two columns by its name."""
    found = list(rows)
    try:
        table_of(Audience(found[-1].audience), [row.spec for row in found])
    except ValueError as error:
        raise Refusal(FIELD_NAME_TAKEN, name=found[-1].name) from error


def record_field(action: str, row: CategoryField, *, actor: Actor, at: datetime) -> None:
    """Put what was done to a field into the audit."""
    detail = {"category": row.category_id, "audience": row.audience, "field": row.code}
    audit.record(action, actor=actor, at=at, object_id=row.id, detail=detail)


def _check_change(row: CategoryField, spec: FieldSpec, *, is_new: bool, seen: str) -> None:
    if is_new and row.is_active:
        raise Refusal(FIELD_NAME_TAKEN, name=spec.code)
    if seen and not row.is_active:  # it was removed while it was edited
        raise Refusal(NOT_FOUND)
    editing.refuse_unread(seen, edited_field(row))
    if row.kind != spec.kind and _is_used(row):
        raise Refusal(FIELD_KIND_FIXED)


def _is_used(row: CategoryField) -> bool:
    if row.audience == Audience.ORGANIZATION:
        return Enrolment.objects.filter(category=row.category_id, fields__has_key=row.code).exists()
    return StaffMember.objects.filter(enrolment__category=row.category_id, fields__has_key=row.code).exists()
