"""Who is registered at a site and who acts for an employer: some hundred thousand."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.health.queries.proposals import undecided
from outpost.people.models import StatedPerson
from outpost.sites.models.contracts import OF_CONTRACT, Contract, Employer
from outpost.sites.rules.entering import EMPLOYER
from outpost.sites.vocabularies import Roll


def registration_context(contract_id: UUID | str, person_id: UUID | str) -> str:
    """What a registered person's sealed blob is bound to. It holds no row id: an import seals before there is one."""
    return f"sites.registration:{contract_id}:{person_id}"


class RegistrationQuerySet(ScopedQuerySet["Registration"]):
    scopes = (*OF_CONTRACT, ScopeColumn(EMPLOYER, "employer"))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True, contract__removed_at__isnull=True)

    def with_undecided(self) -> Self:
        """Each with the abnormal report that nobody has decided about (`health.proposals.undecided_of`)."""
        return self.annotate(**undecided(OuterRef("person_id")))


class Registration(StatedPerson):
    """进场预登记: a person who is to work under a contract, as whoever registers them states it.

    `unverified_since` 待核验: the service of declarations has not answered since; it is asked at `verify_next_at`.
    `released_at`: the beginning of the last lifting of which the lead and the person were told.
    `address_…`: who said last, and why, that an address that differs from the declared one stays (`queries.addresses`).
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="registrations")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    roll = models.TextField(default=Roll.WORKER.value)
    departure = models.TextField()
    trade = models.TextField(blank=True, default="")
    unverified_since = models.DateTimeField(null=True)
    verify_next_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    address_checked_at = models.DateTimeField(null=True)
    address_checked_by = models.TextField(blank=True, default="", db_default="")
    address_ground = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        db_table = "sites_registration"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "person"],
                condition=Q(removed_at__isnull=True),
                name="sites_registration_once",
            ),
            models.CheckConstraint(condition=Q(roll__in=Roll.codes()), name="sites_registration_roll"),
        ]
        indexes = [
            models.Index(fields=["person"], name="sites_registration_person"),
            models.Index(fields=["import_id"], name="sites_registration_import"),
            models.Index(
                fields=["verify_next_at"],
                name="sites_registration_unverified",
                condition=Q(unverified_since__isnull=False),
            ),
        ]

    @property
    def sealing_context(self) -> str:
        return registration_context(self.contract_id, self.person_id)


class SiteUserQuerySet(ScopedQuerySet["SiteUser"]):
    scopes = OF_CONTRACT

    def current(self) -> Self:
        """Whose right was not ended, of contracts that are not closed."""
        return self.filter(ended_at__isnull=True, contract__removed_at__isnull=True)


class SiteUser(StatedPerson):
    """登记管理人员: whom a lead authorised to register the people of one employer, until the end of `last_day` (null:
    as long as the contract lasts), or until somebody ends it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="users")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    last_day = models.DateField(null=True)
    authorised_by = models.TextField()
    authorised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = SiteUserQuerySet.as_manager()

    class Meta:
        db_table = "sites_siteuser"
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "person"], condition=Q(ended_at__isnull=True), name="sites_siteuser_once"
            ),
            models.UniqueConstraint(
                fields=["employer", "phone_hash"],
                condition=Q(ended_at__isnull=True),
                name="sites_siteuser_phone",
            ),
        ]
        indexes = [models.Index(fields=["person"], name="sites_siteuser_person")]

    @property
    def sealing_context(self) -> str:
        return f"sites.user:{self.id}"
