"""The ledger of contracts: some thousand rows a district."""

from typing import Self

from django.db import models
from django.db.models import Q

from outpost.core.actor import Reach
from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet, condition
from outpost.regions.rules import REGION
from outpost.sites.rules.entering import CONTRACT, EMPLOYER

HEALTH_SOURCE = "site:"


class Project(models.Model):
    """项目, known by its 报建编号; `station` is the 监督站 that supervises it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    filing_number = models.TextField()
    name = models.TextField()
    address = models.TextField(blank=True, default="")
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+")
    station = models.TextField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sites_project"
        constraints = [
            models.UniqueConstraint(
                fields=["filing_number"], condition=Q(removed_at__isnull=True), name="sites_project_number"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False),
                name="sites_project_whole_point",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContractQuerySet(ScopedQuerySet["Contract"]):
    scopes = (ScopeColumn(REGION, "project__region__code"), ScopeColumn(CONTRACT, "id"))

    def within(self, reach: Reach) -> Self:
        """A contract is seen by whoever reaches one of its employers, too. What stands under it is not: people are
        narrowed by their own employer."""
        if reach.everything:
            return self
        employed = Employer.objects.filter(id__in=reach.keys(EMPLOYER), removed_at__isnull=True)
        return self.filter(condition(self.scopes, reach) | Q(id__in=employed.values("contract")))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Contract(models.Model):
    """合同, known by its 合同报送编号. `sealed` holds the lead 总包项目负责人, null while none is named;
    `supervisor_sealed` that of the supervision company 监理项目负责人 (`seats`).

    `closed_at` tells a contract that was closed from one whose import was taken back: both are removed.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="contracts")
    number = models.TextField()
    general_contractor = models.TextField()
    general_contractor_kind = models.TextField(blank=True, default="")
    supervision_company = models.TextField(blank=True, default="")
    agreed_workers = models.IntegerField(null=True)
    sealed = models.BinaryField(null=True)
    lead_name_hash = models.BinaryField(null=True)
    lead_phone_hash = models.BinaryField(null=True)
    supervisor_sealed = models.BinaryField(null=True)
    supervisor_name_hash = models.BinaryField(null=True)
    supervisor_phone_hash = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        db_table = "sites_contract"
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(removed_at__isnull=True), name="sites_contract_number"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(removed_at__isnull=False),
                name="sites_contract_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def health_source(self) -> str:
        """What reports of its people name as their source."""
        return f"{HEALTH_SOURCE}{self.id}"


OF_CONTRACT = (ScopeColumn(REGION, "contract__project__region__code"), ScopeColumn(CONTRACT, "contract"))


class EmployerQuerySet(ScopedQuerySet["Employer"]):
    scopes = (*OF_CONTRACT, ScopeColumn(EMPLOYER, "id"))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Employer(models.Model):
    """用人单位 under a contract, from `created_at` to `removed_at`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="employers")
    name = models.TextField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = EmployerQuerySet.as_manager()

    class Meta:
        db_table = "sites_employer"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name"], condition=Q(removed_at__isnull=True), name="sites_employer_once"
            ),
        ]
        indexes = [models.Index(fields=["import_id"], name="sites_employer_import")]

    def __str__(self) -> str:
        return self.name


SEALED_AS = "registration"
"""Keeps the digests of registered people apart from those of other tables."""
