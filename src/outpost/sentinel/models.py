"""Tables of the sentinel instrument."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outpost.alerts.follow_ups import FollowUpRow, FollowUpState
from outpost.alerts.recipients import AlertMedium
from outpost.alerts.rounds import RoundRow
from outpost.core.actor import Reach
from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.fields.models import ExtraField
from outpost.fields.specs import FieldKind
from outpost.people.models import StatedPerson
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.columns import Audience
from outpost.sentinel.duty import ABSENCES
from outpost.sentinel.narrow import StaffLatest, StaffShown, StaffTally  # noqa: F401 - tables of this app
from outpost.sentinel.ruled import Ruled
from outpost.sentinel.rules import CATEGORY
from outpost.sentinel.seals import staff_context

AS_ENTERED = ("created_at", "position", "id")  # the order of staff, those of one file as in the file
WHOLE_RULE = Q(window_days__isnull=True, least_tests__isnull=True) | Q(
    window_days__gte=1, window_days__lte=31, least_tests__gte=1, least_tests__lte=31
)


class CategoryQuerySet(ScopedQuerySet["Category"]):
    scopes = (ScopeColumn(DEPARTMENT, "department_id"), ScopeColumn(CATEGORY, "code"))

    def in_use(self) -> Self:
        """The active ones, in the order of menus."""
        return self.filter(is_active=True).order_by("position", "code")


class Category(Ruled):
    """哨点类别: a kind of risk post, its responsible department and its testing rule (null: off)."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    department = models.ForeignKey(
        "regions.Department", null=True, on_delete=models.PROTECT, related_name="+"
    )
    judges_new_joiners = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.SmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "sentinel_category"
        constraints = [
            models.CheckConstraint(condition=WHOLE_RULE, name="sentinel_category_rule_whole"),
        ]

    def __str__(self) -> str:
        return self.name


class JobRule(Ruled):
    """The testing rule of one job type 人员类别, in place of its category's (null: these staff are not tested)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="job_rules")
    job_type = models.TextField()

    class Meta:
        db_table = "sentinel_jobrule"
        ordering = ["job_type"]
        constraints = [
            models.UniqueConstraint(fields=["category", "job_type"], name="sentinel_jobrule_once"),
            models.CheckConstraint(condition=WHOLE_RULE & ~Q(job_type=""), name="sentinel_jobrule_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.job_type}"


class CategoryField(ExtraField):
    """An extra field of a category's organisations or staff."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="fields")
    audience = models.TextField()

    class Meta:
        db_table = "sentinel_categoryfield"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FieldKind.codes()), name="sentinel_field_kind"),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.codes()), name="sentinel_field_audience"
            ),
            models.UniqueConstraint(fields=["category", "audience", "code"], name="sentinel_field_once"),
        ]


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
    has_documents: (
        bool  # whether further documents count for the person: told by `queries.staff.member_of` alone
    )
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


class MatchRun(models.Model):
    """One match of one category for the dawn of day `on`, kept with its rules and the age of its data."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="runs")
    on = models.DateField()
    window_days = models.SmallIntegerField(null=True)
    least_tests = models.SmallIntegerField(null=True)
    counts_days = models.BooleanField()
    job_rules = models.JSONField(default=list)  # the columns of `JobRule` by name
    judges_new_joiners = models.BooleanField()
    data_as_of_at = models.DateTimeField()
    staff = models.IntegerField()
    judged = models.IntegerField()
    missed = models.IntegerField()
    newly_missed = models.IntegerField(default=0)
    newly_met = models.IntegerField(default=0)
    is_latest = models.BooleanField(default=True)

    class Meta:
        db_table = "sentinel_matchrun"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "on"], condition=Q(is_latest=True), name="sentinel_matchrun_latest_once"
            ),
        ]
        indexes = [models.Index(fields=["on", "category"], name="sentinel_matchrun_day")]

    def __str__(self) -> str:
        return f"{self.category_id} {self.on}"


class MatchFinding(models.Model):
    """A staff member who missed the rule in a run, with the evidence; `job_type` is empty where the category's held."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="findings", db_index=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    job_type = models.TextField(blank=True, default="")
    found = models.SmallIntegerField()
    samples = ArrayField(models.DateTimeField())
    last_sampled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sentinel_matchfinding"
        constraints = [models.UniqueConstraint(fields=["run", "staff"], name="sentinel_finding_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.staff_id}"


class MatchCount(models.Model):
    """How the staff of one organisation stood in a run: what every scope and grouping sums up."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="counts", db_index=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    staff = models.IntegerField()
    judged = models.IntegerField()
    missed = models.IntegerField()

    class Meta:
        db_table = "sentinel_matchcount"
        constraints = [models.UniqueConstraint(fields=["run", "enrolment"], name="sentinel_matchcount_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.enrolment_id}"


class AlertSetting(models.Model):
    """告警设置: whether the match of a category is told at nine, to whom, and by which media beside the inbox."""

    category = models.OneToOneField(
        Category, primary_key=True, on_delete=models.CASCADE, related_name="alert"
    )
    is_on = models.BooleanField(default=False)
    tells_department = models.BooleanField(default=True)
    tells_towns = models.BooleanField(default=True)
    tells_principals = models.BooleanField(default=False)
    media = ArrayField(models.TextField(), default=list)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "sentinel_alertsetting"
        constraints = [
            models.CheckConstraint(
                condition=Q(media__contained_by=AlertMedium.codes()), name="sentinel_alert_media"
            ),
        ]

    def __str__(self) -> str:
        return self.category_id


class AlertRecipient(models.Model):
    """高级推送人员 of a category; without a category a member of the command group 专班, who gets the summary."""

    id = models.UUIDField(primary_key=True, default=new_id)
    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="seniors")
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        db_table = "sentinel_alertrecipient"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "user"], nulls_distinct=False, name="sentinel_recipient_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.user_id}"


class AlertRound(RoundRow):
    """The messages of nine o'clock of one day."""

    class Meta:
        db_table = "sentinel_alertround"


class FollowUp(FollowUpRow):
    """跟进 of one person found by the match of one day. `is_employers`: what the employer answered about somebody of
    whom nothing shows to them, and all that they are shown of it (docs/adr/0022-whose-facts-a-principal-sees.md)."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="follow_ups")
    is_employers = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "sentinel_followup"
        constraints = [
            models.UniqueConstraint(fields=["staff", "on", "is_employers"], name="sentinel_followup_once"),
            models.CheckConstraint(
                condition=Q(state__in=tuple(FollowUpState.codes())), name="sentinel_followup_state"
            ),
        ]
        indexes = [models.Index(fields=["on"], name="sentinel_followup_day")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.on}"

    @property
    def sealing_context(self) -> str:
        return f"sentinel.follow_up:{self.id}"
