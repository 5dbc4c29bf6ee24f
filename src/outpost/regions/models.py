"""Tables of places and bodies. A region's code is the prefix of the codes of all that lies in it."""

from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.regions.rules import ORGANIZATION, REGION

CHANGE_STATES = ("waiting", "agreed", "declined", "withdrawn")
LEVELS = ("province", "city", "district", "town", "grid")


class RegionQuerySet(ScopedQuerySet["Region"]):
    scopes = (ScopeColumn(REGION, "code"),)


class Region(models.Model):
    """A division of GB/T 2260 down to town 镇街, or a grid 网格 below a town."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    level = models.TextField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    aliases = ArrayField(models.TextField(), default=list)
    valid_from_on = models.DateField(null=True)
    valid_until_on = models.DateField(null=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        db_table = "regions_region"
        constraints = [
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="regions_region_level_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A bureau 委办局 of a region; sentinel categories name one as responsible."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "regions_department"
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="regions_department_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


def principal_context(organization_id: UUID) -> str:
    """What the sealed principal of an organisation is bound to."""
    return f"regions.organization:{organization_id}"


class OrganizationQuerySet(ScopedQuerySet["Organization"]):
    """Narrowed by region or by name; departments and categories are widened by the instruments."""

    scopes = (ScopeColumn(REGION, "region__code"), ScopeColumn(ORGANIZATION, "id"))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Organization(models.Model):
    """An enterprise or body at one address. `sealed` holds the principal's name and phone."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField()
    kind = models.TextField(blank=True, default="")
    social_credit_code = models.TextField(blank=True, default="")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    grid = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.TextField()
    sealed = models.BinaryField()
    principal_name_hash = models.BinaryField()
    principal_phone_hash = models.BinaryField()
    content_hash = models.BinaryField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        db_table = "regions_organization"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"],
                condition=Q(removed_at__isnull=True),
                name="regions_organization_name_once_in_town",
            ),
        ]
        indexes = [
            models.Index(fields=["principal_phone_hash"], name="regions_organization_phone"),
            models.Index(fields=["import_id"], name="regions_organization_import"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sealing_context(self) -> str:
        return principal_context(self.id)


class PrincipalChange(models.Model):
    """负责人变更: another phone that was asked for as principal of an organisation in use.

    It waits for the present principal's word or a second officer's. `sealed` holds the name and phone that were asked
    for, `former_phone_hash` says whose place they take. `asked_by` and `decided_by` are ids of actors.
    """

    WAITING, AGREED, DECLINED, WITHDRAWN = CHANGE_STATES

    id = models.UUIDField(primary_key=True, default=new_id)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="principal_changes")
    sealed = models.BinaryField()
    phone_hash = models.BinaryField()
    former_phone_hash = models.BinaryField()
    state = models.TextField(default=WAITING)
    asked_by = models.TextField()
    asked_label = models.TextField()
    asked_at = models.DateTimeField()
    decided_by = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "regions_principalchange"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CHANGE_STATES), name="regions_principalchange_state"
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state="waiting"),
                name="regions_principalchange_one_waits",
            ),
        ]
        indexes = [models.Index(fields=["import_id"], name="regions_principalchange_file")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.state}"

    @property
    def sealing_context(self) -> str:
        return f"regions.principal_change:{self.id}"
