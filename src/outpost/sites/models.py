"""Tables of the construction sites: the ledger of contracts is small, some thousand rows a district; its people are
some hundred thousand, each with a few stays."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q

from outpost.core.actor import Reach
from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet, condition
from outpost.health.proposals import undecided
from outpost.people.models import StatedPerson
from outpost.regions.rules import REGION
from outpost.sites.arrival_tables import Arrival  # noqa: F401 - with its neighbours, tables of this app
from outpost.sites.family_tables import FamilyMember  # noqa: F401 - with its neighbours, tables of this app
from outpost.sites.gate_tables import GatePass  # noqa: F401 - with its neighbours, tables of this app
from outpost.sites.prevention_tables import GroupMember  # noqa: F401 - with its neighbours, tables of this app
from outpost.sites.rules import CONTRACT, EMPLOYER
from outpost.sites.tally_tables import EmployerTally  # noqa: F401 - with its neighbours, tables of this app
from outpost.sites.vocabularies import Checked, Roll, Way

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


_OF_CONTRACT = (ScopeColumn(REGION, "contract__project__region__code"), ScopeColumn(CONTRACT, "contract"))


class EmployerQuerySet(ScopedQuerySet["Employer"]):
    scopes = (*_OF_CONTRACT, ScopeColumn(EMPLOYER, "id"))

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


def registration_context(contract_id: UUID | str, person_id: UUID | str) -> str:
    """What a registered person's sealed blob is bound to. It holds no row id: an import seals before there is one."""
    return f"sites.registration:{contract_id}:{person_id}"


SEALED_AS = "registration"
"""Keeps the digests of registered people apart from those of other tables."""


class RegistrationQuerySet(ScopedQuerySet["Registration"]):
    scopes = (*_OF_CONTRACT, ScopeColumn(EMPLOYER, "employer"))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True, contract__removed_at__isnull=True)

    def with_undecided(self) -> Self:
        """Each with the abnormal report that nobody has decided about (`health.proposals.undecided_of`)."""
        return self.annotate(**undecided(OuterRef("person_id")))


class Registration(StatedPerson):
    """进场预登记: a person who is to work under a contract, as whoever registers them states it.

    `unverified_since` 待核验: the service of declarations has not answered since; it is asked at `verify_next_at`.
    `released_at`: the beginning of the last lifting of which the lead and the person were told.
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
    scopes = _OF_CONTRACT

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


class StayQuerySet(ScopedQuerySet["Stay"]):
    scopes = (*_OF_CONTRACT, ScopeColumn(EMPLOYER, "registration__employer"))

    def inside(self, at: datetime | None = None) -> Self:
        """Who is on site now; at an instant: who was, from entering until just before leaving."""
        if at is None:
            return self.filter(left_at__isnull=True)
        return self.filter(Q(left_at__isnull=True) | Q(left_at__gt=at), entered_at__lte=at)


class Stay(models.Model):
    """在场: from entering 进场 to leaving 退场. A person is on one site at a time, whatever is registered.

    `is_inferred`: nobody saw them leave; they entered another site. `checked`: how it was made sure who entered.
    `recalled_at`: since when those in charge have been told that the person is to leave; null while none is to.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="stays")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    checked = models.TextField()
    is_inferred = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        db_table = "sites_stay"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(left_at__isnull=True), name="sites_stay_one_site"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="sites_stay_order"
            ),
            models.CheckConstraint(condition=Q(checked__in=Checked.codes()), name="sites_stay_checked"),
        ]
        indexes = [
            models.Index(fields=["person_id", "entered_at"], name="sites_stay_person"),
            models.Index(fields=["contract"], condition=Q(left_at__isnull=True), name="sites_stay_inside"),
            models.Index(
                fields=["contract", "entered_at"], condition=Q(checked=Checked.WORD), name="sites_stay_weak"
            ),
        ]


class Passage(models.Model):
    """进出记录: one entry or exit as it was stated, by hand or by file. `Stay` follows from it; who is only inferred to
    have left has none. By it a file that comes again changes nothing."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    way = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sites_passage"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "occurred_at", "way", "contract"], name="sites_passage_once"
            ),
            models.CheckConstraint(condition=Q(way__in=Way.codes()), name="sites_passage_way"),
        ]
        indexes = [
            models.Index(
                fields=["import_id"], name="sites_passage_import", condition=Q(import_id__isnull=False)
            )
        ]


class SiteException(models.Model):
    """例外进场: two officers let somebody enter until a day, though a condition fails. It lifts no order.

    It counts once another officer has agreed (`agreed_at`); `ended_at`: it was taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="exceptions")
    reason = models.TextField()
    last_day = models.DateField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    agreed_by = models.TextField(blank=True, default="")
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sites_exception"
        constraints = [
            models.UniqueConstraint(
                fields=["registration"], condition=Q(ended_at__isnull=True), name="sites_exception_once"
            ),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True) | ~Q(agreed_by=F("asked_by")), name="sites_exception_two"
            ),
        ]


class PlaceRuleRow(models.Model):
    """出发地规则: what those need who set out from a place (`rules.PlaceRule`), from a day until another. What a rule
    was stays: it is ended, not changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    place = models.TextField(blank=True)
    isolation_days = models.PositiveSmallIntegerField()
    tests = models.PositiveSmallIntegerField()
    begins_on = models.DateField()
    ends_on = models.DateField(null=True)
    added_by = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        db_table = "sites_placerule"
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(ends_on__isnull=True), name="sites_placerule_once"
            ),
        ]

    def __str__(self) -> str:
        return self.place
