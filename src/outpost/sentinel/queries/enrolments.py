"""Organisations 主体 as list pages show them: the principal masked, unless it is the reader's own organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.core.phones import normalise_phone
from outpost.core.stated import phone_hash
from outpost.fields.specs import FieldValue
from outpost.people.queries import SEE_OWN, own_organizations
from outpost.regions.queries import principal_of
from outpost.sentinel.actions import SEE_ORGANIZATIONS
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Enrolment
from outpost.sentinel.narrow import StaffTally
from outpost.sentinel.queries.categories import typed_fields

ENROLMENT_ORDERS: Mapping[str, str] = {
    "name": "organization__name",
    "town": "organization__region_id",
    "staff": "staff_count",
    "updated_at": "updated_at",
}


@dataclass(frozen=True, slots=True)
class EnrolmentFilter:
    """Empty means any. `town` is a region code, `name` a part of the name, `phone` the principal's, whole.

    `fields` are values of the category's fields by their codes.
    """

    category: str = ""
    town: str = ""
    grid: str = ""
    name: str = ""
    phone: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


FILTERS = ("category", "town", "grid", "name", "phone")


def enrolment_filter_of(params: Mapping[str, str]) -> EnrolmentFilter:
    """The filter that parameters describe, all texts: the names of FILTERS, `field.<code>` for extra fields.

    Raises Refusal when the value of an extra field is none.
    """
    fields = typed_fields(params.get("category", ""), Audience.ORGANIZATION, params)
    return EnrolmentFilter(**{name: params.get(name, "") for name in FILTERS}, fields=fields)


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """One organisation in one category; the principal masked unless `is_clear`."""

    id: UUID
    category: str
    category_name: str
    organization_id: UUID
    name: str
    town: str
    town_name: str
    grid: str
    grid_name: str
    address: str
    social_credit_code: str
    principal_name: str
    principal_phone: str
    staff: int
    fields: Mapping[str, FieldValue]
    updated_at: datetime
    is_clear: bool


def enrolment_page(
    wanted: EnrolmentFilter, *, actor: Actor, order: str = "name", limit: int = 50, offset: int = 0
) -> tuple[list[EnrolmentRow], int]:
    """The rows of one page and how many there are in all. `order` is a key of ENROLMENT_ORDERS, "-" in front: down.

    Raises Refusal when the phone to search for cannot be one.
    """
    found = filtered_enrolments(wanted, actor=actor)
    column = ENROLMENT_ORDERS[order.removeprefix("-")]
    direction = "-" if order.startswith("-") else ""
    page = _counted(found).order_by(f"{direction}{column}", "id")[offset : offset + limit]
    return [_counted_row(enrolment, actor) for enrolment in page], found.count()


def enrolment(enrolment_id: UUID, *, actor: Actor, action: str = SEE_ORGANIZATIONS) -> EnrolmentRow:
    """One organisation. Raises Refusal NOT_FOUND outside the actor's scope."""
    found = or_not_found(
        _counted(Enrolment.objects.visible_to(actor, action).current()).filter(id=enrolment_id).first()
    )
    return _counted_row(found, actor)


def enrolment_of(enrolment_id: UUID, *, actor: Actor, action: str) -> Enrolment:
    """The record of one organisation in its category, with both. Raises Refusal NOT_FOUND outside the actor's scope."""
    found = Enrolment.objects.visible_to(actor, action).current().filter(id=enrolment_id)
    return or_not_found(found.select_related("category", "organization").first())


def own_enrolments(*, actor: Actor) -> list[EnrolmentRow]:
    """The organisations whose staff the actor keeps and sees in clear: a principal's first page."""
    return [_counted_row(enrolment, actor) for enrolment in _counted(_own(actor))]


def own_places(*, actor: Actor) -> list[Enrolment]:
    """The records of the same, with organisation and category."""
    return list(_own(actor).select_related("category", "organization"))


def _own(actor: Actor) -> QuerySet[Enrolment]:
    found = Enrolment.objects.visible_to(actor, SEE_OWN).current()
    return found.order_by("category__position", "category_id", "organization__name")


def enrolment_choices(category: str, *, actor: Actor, action: str) -> list[tuple[UUID, str]]:
    """The organisations of a category for a select field: id and name, those of one name with their town."""
    rows = list(
        Enrolment.objects.visible_to(actor, action)
        .current()
        .filter(category=category)
        .order_by("organization__name", "id")
        .values_list("id", "organization__name", "organization__region__name")
    )
    names = [name for _, name, _ in rows]
    twice = {name for name, other in pairwise(names) if name == other}
    return [(id_, f"{name}（{town}）" if name in twice else name) for id_, name, town in rows]


def filtered_enrolments(
    wanted: EnrolmentFilter, *, actor: Actor, action: str = SEE_ORGANIZATIONS
) -> QuerySet[Enrolment]:
    """The living enrolments that the actor may see and the filter wants, in no order."""
    condition = Q()
    if wanted.category:
        condition &= Q(category=wanted.category)
    if wanted.town:
        condition &= Q(organization__region__code__startswith=wanted.town)
    if wanted.grid:
        condition &= Q(organization__grid_id=wanted.grid)
    if wanted.name:
        condition &= Q(organization__name__icontains=wanted.name.strip())
    if wanted.phone:
        hashed = phone_hash(ring(), normalise_phone(wanted.phone))
        condition &= Q(organization__principal_phone_hash=hashed)
    if wanted.fields:
        condition &= Q(fields__contains=dict(wanted.fields))
    return Enrolment.objects.visible_to(actor, action).current().filter(condition)


# By the sums, one by one: only the organisations of the page, where they are not ordered by it.
_STAFF = (
    StaffTally.objects.filter(enrolment=OuterRef("pk"))
    .order_by()
    .values("enrolment")
    .annotate(staff=Sum("people"))
    .values("staff")
)


def _counted(found: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    joined = found.select_related("category", "organization__region", "organization__grid")
    return joined.annotate(staff_count=Coalesce(Subquery(_STAFF), 0))


def _counted_row(enrolment: Enrolment, actor: Actor) -> EnrolmentRow:
    return row_of(enrolment, getattr(enrolment, "staff_count"), actor=actor)  # noqa: B009 - annotated by `_counted`


def row_of(enrolment: Enrolment, staff: int, *, actor: Actor, is_clear: bool | None = None) -> EnrolmentRow:
    """What the actor reads of an enrolment that lies in reach; `staff` is the number to show beside it. In clear is the
    actor's own, unless `is_clear` says all or none (whoever says all has asked for the purpose)."""
    organization = enrolment.organization
    if is_clear is None:
        is_clear = str(organization.id) in own_organizations(actor)
    principal = principal_of(organization) if is_clear else principal_of(organization).masked()
    return EnrolmentRow(
        id=enrolment.id,
        category=enrolment.category_id,
        category_name=enrolment.category.name,
        organization_id=organization.id,
        name=organization.name,
        town=organization.region_id,
        town_name=organization.region.name,
        grid=organization.grid_id or "",
        grid_name=organization.grid.name if organization.grid else "",
        address=organization.address,
        social_credit_code=organization.social_credit_code,
        principal_name=principal.name,
        principal_phone=principal.phone,
        staff=staff,
        fields=enrolment.fields,
        updated_at=enrolment.updated_at,
        is_clear=is_clear,
    )
