"""The table of accompanying family 携带家属, beside the ledger's (`models`)."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.people.models import StatedPerson
from outpost.regions.rules import REGION
from outpost.sites.rules.entering import CONTRACT, EMPLOYER
from outpost.sites.vocabularies import Relation

MOST_FAMILY = 12
"""How many come with one person."""
FAMILY_KEY = ("registration_id", "person_id")
FAMILY_SEALED_AS = "family_member"
"""Keeps the digests of family apart from those of other tables."""


def family_context(registration_id: UUID | str, person_id: UUID | str) -> str:
    """What a sealed member of a family is bound to. It holds no row id: a file seals before there is one."""
    return f"sites.family_member:{registration_id}:{person_id}"


class FamilyQuerySet(ScopedQuerySet["FamilyMember"]):
    """Narrowed as those with whom they come."""

    scopes = (
        ScopeColumn(REGION, "registration__contract__project__region__code"),
        ScopeColumn(CONTRACT, "registration__contract_id"),
        ScopeColumn(EMPLOYER, "registration__employer"),
    )

    def current(self) -> Self:
        """Family stands as long as the registration of whom they come with."""
        return self.filter(
            removed_at__isnull=True,
            registration__removed_at__isnull=True,
            registration__contract__removed_at__isnull=True,
        )


class FamilyMember(StatedPerson):
    """携带家属: somebody who comes with a registered person and never enters the site. Ends with that registration,
    whose own end is not written here."""

    id = models.UUIDField(primary_key=True, default=new_id)
    registration = models.ForeignKey("sites.Registration", on_delete=models.PROTECT, related_name="family")
    relation = models.TextField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = FamilyQuerySet.as_manager()

    class Meta:
        db_table = "sites_familymember"
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "person"],
                condition=Q(removed_at__isnull=True),
                name="sites_familymember_once",
            ),
            models.CheckConstraint(
                condition=Q(relation__in=Relation.codes()), name="sites_familymember_relation"
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="sites_familymember_person"),
            models.Index(fields=["import_id"], name="sites_familymember_import"),
        ]

    @property
    def sealing_context(self) -> str:
        return family_context(self.registration_id, self.person_id)
