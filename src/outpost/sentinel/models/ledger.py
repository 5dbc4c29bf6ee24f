"""The ledgers 台账: organisations within categories, their staff, who is off duty."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from outpost.core.actor import Reach
from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.core.spells import Spell
from outpost.people.models import StatedPerson
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.duty import ABSENCES, DutyState
from outpost.sentinel.models.categories import Category
from outpost.sentinel.rules import CATEGORY
from outpost.sentinel.seals import staff_context

AS_ENTERED = ("created_at", "position", "id")  # the order of staff, those of one file as in the file


class EnrolmentQuerySet(ScopedQuerySet["Enrolment"]):
    """The SQL is over the aliases of `queries.statistics.ledger.ENROLMENTS`."""

    scopes = (
        ScopeColumn(REGION, "organization__region__code", "r.code"),
        ScopeColumn(DEPARTMENT, "category__department_id", "c.department_id"),
        ScopeColumn(CATEGORY, "category_id", "c.code"),
        ScopeColumn(ORGANIZATION, "organization_id", "o.id::text"),
    )

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Enrolment(models.Model):
    """主体: an organisation's standing in one category, with the category's extra fields."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="enrolments")
    organization = models.ForeignKey(
        "regions.Organization", on_delete=models.PROTECT, related_name="enrolments"
    )
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        db_table = "sentinel_enrolment"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "organization"],
                condition=Q(removed_at__isnull=True),
                name="sentinel_enrolment_once",
            ),
        ]
        indexes = [models.Index(fields=["import_id"], name="sentinel_enrolment_import")]

    def __str__(self) -> str:
        return f"{self.category_id} {self.organization_id}"


class StaffMemberQuerySet(ScopedQuerySet["StaffMember"]):
    """Narrowed by sets of enrolments, not by joins with them: a million rows are counted in half the time."""

    def within(self, reach: Reach) -> Self:
        return self if reach.everything else self.filter(enrolment__in=Enrolment.objects.within(reach))

    def current(self) -> Self:
        return self.filter(removed_at__isnull=True, enrolment__in=Enrolment.objects.current())

    def with_place(self) -> Self:
        """Loaded with category, organisation and town."""
        return self.select_related("enrolment__category", "enrolment__organization__region")


class StaffMember(StatedPerson):
    """哨点人员: a person at one organisation's post, as their own employer states them.

    `position` is the row of the file that brought them: a list keeps its order. Deletion is soft and dated, so that
    past days stay right. `is_unconfirmed`: nobody but the employer has stated this name with this number.
    `renumbered_at`: when the row was given another number.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="staff")
    job_type = models.TextField(blank=True, default="")
    fields = models.JSONField(default=dict)
    joined_on = models.DateField()
    position = models.IntegerField(null=True)
    is_unconfirmed = models.BooleanField(default=False, db_default=False)
    # Told by `queries.staff.member_of` alone: whether further documents count for the person.
    has_documents: bool
    # Told by `queries.staff.as_rows` alone, as its reader is shown them: the latest sample, since when samples show
    # (`narrow.NarrowRow`), and the spell off duty of the day.
    last_sampled_at: datetime | None
    shown_from: datetime | None
    off_duty: str | None
    renumbered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)

    objects = StaffMemberQuerySet.as_manager()

    class Meta:
        db_table = "sentinel_staffmember"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "person"],
                condition=Q(removed_at__isnull=True),
                name="sentinel_staff_once",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="sentinel_staff_person"),
            models.Index(fields=["name_hash"], name="sentinel_staff_name"),
            models.Index(fields=["surname_hash"], name="sentinel_staff_surname"),
            models.Index(fields=["phone_hash"], name="sentinel_staff_phone"),
            models.Index(fields=["import_id"], name="sentinel_staff_import"),
            models.Index(fields=["joined_on"], name="sentinel_staff_joined"),
        ]

    @property
    def sealing_context(self) -> str:
        return staff_context(self.enrolment_id, self.person_id)


class DutySpell(models.Model):
    """A dated absence from the post (轮休, 离岗, 放假); outside all spells a person is on duty 在岗.

    The spells of one person do not overlap. One that ends as it begins was called off.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="duty_spells")
    state = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # exclusive; null: until further notice
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sentinel_dutyspell"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ABSENCES), name="sentinel_duty_state"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="sentinel_duty_order",
            ),
            models.UniqueConstraint(
                fields=["staff"], condition=Q(ends_on__isnull=True), name="sentinel_duty_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.starts_on}"

    @property
    def spell(self) -> Spell[DutyState]:
        return Spell(self.id, DutyState(self.state), self.starts_on, self.ends_on)
