"""The narrow row of a staff member: a table of its own beside the ledger's (`models`)."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import DateTimeField, F, Func, Q

LAST_SAMPLE = Func(
    F("sampled_at"), template="(%(expressions)s)[cardinality(%(expressions)s)]", output_field=DateTimeField()
)
"""The latest sample of a narrow row, null without any."""


def _of(ledger: str) -> "models.ForeignKey[models.Model]":
    """A row of the ledger for joins alone: what keeps this table true needs no key of the database (ADR 0020)."""
    return models.ForeignKey(
        f"sentinel.{ledger}", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )


class NarrowRow(models.Model):
    """The columns of a narrow row."""

    pk = models.CompositePrimaryKey("person_id", "staff_id")
    person_id = models.UUIDField()
    staff = _of("StaffMember")
    enrolment = _of("Enrolment")
    category_id = models.TextField()
    job_type = models.TextField()
    joined_on = models.DateField()
    left_at = models.DateTimeField(null=True)
    sampled_at = ArrayField(models.DateTimeField())
    dose_1_on = models.DateField(null=True)
    dose_2_on = models.DateField(null=True)
    dose_3_on = models.DateField(null=True)
    dose_4_on = models.DateField(null=True)
    product_1 = models.TextField(null=True)
    product_2 = models.TextField(null=True)
    has_doses_again = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    position = models.IntegerField(null=True)
    shown_from = models.DateTimeField(null=True)
    lapses_on = models.DateField(null=True)

    class Meta:
        abstract = True


class StaffLatest(NarrowRow):
    """One narrow row a staff member, removed ones too: what judging and counting everybody reads, and nothing else.

    Always what the ledger and the facts say (`services.latest`). `left_at` is when the person, or the whole
    organisation, left the category. `sampled_at` are the person's latest samples (`health.LatestSamples`), the oldest
    first, so that what lies in a span is found by halving. `dose_<n>_on` is the day of the n-th dose (the last of
    several, 4: any further one), `product_<n>` what was given then; `has_doses_again`: a number is on record twice.
    `created_at` and `position` are there for the order `queries.latest.AS_ENTERED`.
    `shown_from`: since when the person's samples show to the employer (`StaffShown`); null while nothing but the
    employer's word says that name and number belong together (docs/adr/0022-whose-facts-a-principal-sees.md).
    `lapses_on`: the first dawn at which the person misses the rule that holds for them unless sampled again, by the
    samples that are known; null without a rule. It says nothing of dawns before the last sample.
    Keyed by the person, so that facts and ledger of a person lie together however many machines there are.
    """

    class Meta:
        db_table = "sentinel_stafflatest"
        indexes = [
            models.Index(fields=["staff"], name="sentinel_latest_staff"),
            models.Index(fields=["enrolment"], name="sentinel_latest_enrolment"),
            models.Index(
                fields=["category_id", "enrolment"],
                condition=Q(left_at__isnull=True),
                name="sentinel_latest_standing",
            ),
            models.Index(
                fields=["category_id", "left_at"],
                condition=Q(left_at__isnull=False),
                name="sentinel_latest_left",
            ),
            models.Index(
                fields=["category_id", "enrolment"],
                condition=Q(shown_from__isnull=True),
                name="sentinel_latest_unseen",
            ),
            models.Index(fields=["category_id", "lapses_on"], name="sentinel_latest_lapses"),
            models.Index(
                fields=["category_id", "job_type"],
                condition=Q(left_at__isnull=True),
                name="sentinel_latest_jobs",
            ),
            models.Index(LAST_SAMPLE, name="sentinel_latest_last"),
        ]


class StaffShown(NarrowRow):
    """The same as the employer is shown it: of whoever's name nothing but the employer's word bears out as if no fact
    had ever come, of the others no sample from before `shown_from`. A view: nothing is stored twice."""

    class Meta:
        managed = False
        db_table = "sentinel_staffshown"


class StaffTally(models.Model):
    """How many of an organisation who stand in the ledger lapse on one day and were last sampled on one day: their
    narrow rows summed up, so that long lists are counted from a sixth of the rows, each a sixth of the size.

    Whoever has no rule lapses at `NEVER`; who has no sample was sampled on `NO_DAY`. Kept by `services.tallies`.
    """

    NEVER, NO_DAY = date(9999, 12, 31), date(1, 1, 1)

    pk = models.CompositePrimaryKey("enrolment_id", "lapses_on", "last_on")
    enrolment = _of("Enrolment")
    lapses_on = models.DateField()
    last_on = models.DateField()
    people = models.IntegerField()

    class Meta:
        db_table = "sentinel_stafftally"

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lapses_on} {self.last_on}"


class StaffAway(models.Model):
    """A spell off duty of whoever stands in the ledger, with what `StaffTally` sums of them: who is away on a day is
    taken out of the sums by this, not by going through all narrow rows. Kept by `services.away`; a spell that was
    called off is none. The two days are of the narrow row, as in the sums."""

    pk = models.CompositePrimaryKey("person_id", "spell_id")
    person_id = models.UUIDField()
    spell_id = models.UUIDField()
    staff = _of("StaffMember")
    enrolment = _of("Enrolment")
    lapses_on = models.DateField()
    last_on = models.DateField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # as of the spell

    class Meta:
        db_table = "sentinel_staffaway"
        indexes = [
            models.Index(fields=["ends_on"], name="sentinel_away_ends"),
            models.Index(fields=["enrolment"], name="sentinel_away_enrolment"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_on}"
