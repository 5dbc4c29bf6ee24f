"""Tables of the prevention file 工地疫情防控信息 of a contract, beside the ledger's (`models`)."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.papers.rules import PaperKind
from outpost.core.scoped import Row, ScopeColumn, ScopedQuerySet
from outpost.regions.rules import REGION
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.rules.prevention import LOW_DAYS, ChecklistState, Unit

_CONTRACT = "sites.Contract"


class OfContract(ScopedQuerySet[Row]):
    """Rows of contracts, narrowed as these are."""

    scopes = (ScopeColumn(REGION, "contract__project__region__code"), ScopeColumn(CONTRACT, "contract_id"))

    def current(self) -> Self:
        """Of contracts that are not closed."""
        return self.filter(contract__removed_at__isnull=True)


def member_context(member_id: UUID | str) -> str:
    """What a sealed member of a prevention group is bound to."""
    return f"sites.group_member:{member_id}"


class GroupMember(models.Model):
    """Somebody of a prevention group 防疫小组, from `confirmed_on` to `ended_on`; `succeeds`: whose place it was."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(_CONTRACT, on_delete=models.PROTECT, related_name="+")
    role = models.TextField()
    sealed = models.BinaryField()
    confirmed_on = models.DateField()
    ended_on = models.DateField(null=True)
    # without a key of the database: the predecessor is purged first
    succeeds = models.OneToOneField(
        "self", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = OfContract["GroupMember"].as_manager()

    class Meta:
        db_table = "sites_groupmember"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("confirmed_on")),
                name="sites_groupmember_span",
            ),
        ]

    @property
    def sealing_context(self) -> str:
        return member_context(self.id)


class Hospital(models.Model):
    """The paired hospital 对口医院 of a contract, and what it provides."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.OneToOneField(_CONTRACT, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    address = models.TextField()
    phone = models.TextField()
    supplies = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField()

    objects = OfContract["Hospital"].as_manager()

    class Meta:
        db_table = "sites_hospital"

    def __str__(self) -> str:
        return self.name


class SupplyItem(models.Model):
    """An item of 防疫物资 that sites keep; a warning below `low_days` days of stock. The unit stays once it is used."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField()
    name_en = models.TextField(blank=True, default="")
    unit = models.TextField()
    low_days = models.PositiveSmallIntegerField(default=LOW_DAYS)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "sites_supplyitem"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="sites_supplyitem_name"),
            models.CheckConstraint(condition=Q(unit__in=Unit.codes()), name="sites_supplyitem_unit"),
        ]

    def __str__(self) -> str:
        return self.name


class SupplyMovement(models.Model):
    """What came in (`change` above 0) or went out on a day. `corrects`: the movement that this one takes back."""

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(_CONTRACT, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(SupplyItem, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    change = models.IntegerField()
    remark = models.TextField(blank=True, default="")
    # without a key of the database: rows of a closed contract go page by page
    corrects = models.OneToOneField(
        "self", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="correction"
    )
    entered_at = models.DateTimeField()
    entered_by = models.TextField()

    objects = OfContract["SupplyMovement"].as_manager()

    class Meta:
        db_table = "sites_supplymovement"
        constraints = [models.CheckConstraint(condition=~Q(change=0), name="sites_supplymovement_change")]
        indexes = [models.Index(fields=["contract", "item", "day"], name="sites_supplymovement_days")]


class Checklist(models.Model):
    """复工检查表: one version of it as a scan or photo, whose file bears the id of the row (`sites.papers`).

    A contract has one draft at most; what was submitted is judged by the station.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    contract = models.ForeignKey(_CONTRACT, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    state = models.TextField(default=ChecklistState.DRAFT.value)
    kind = models.TextField()
    pages = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.TextField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.TextField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.TextField(blank=True, default="")
    judged_at = models.DateTimeField(null=True)
    judged_by = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")

    objects = OfContract["Checklist"].as_manager()

    class Meta:
        db_table = "sites_checklist"
        constraints = [
            models.UniqueConstraint(fields=["contract", "version"], name="sites_checklist_version"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(state=ChecklistState.DRAFT.value),
                name="sites_checklist_draft",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ChecklistState.codes()), name="sites_checklist_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in PaperKind]), name="sites_checklist_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.version}"
