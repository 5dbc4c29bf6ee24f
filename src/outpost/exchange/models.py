"""Tables of tasks: one row an import, one row an export."""

from django.db import models
from django.db.models import Q

from outpost.core.crypto import ring
from outpost.core.ids import new_id

IMPORT_STATES = (
    "uploaded",
    "checking",
    "checked",
    "applying",
    "applied",
    "undoing",
    "undone",
    "discarded",
    "refused",
)
EXPORT_STATES = ("waiting", "writing", "held", "declined", "ready", "refused", "expired")


class Import(models.Model):
    """A file on its way in: uploaded → checking → checked → applying → applied (→ undoing → undone), or refused.

    `read = new + replaced + unchanged + rejected`; `duplicates` of them were repeated keys inside the file
    (the last row won; the earlier ones count as replaced). While it is checked, `read` and `rejected` grow.
    `columns` are those of the sheet that the file has. `step_started_at` is when its present state began.
    `limit_bytes` is what its uploader was allowed, `reach` how far their right reached then: each later step asks
    whether it still reaches so far. How its owner called the file is sealed: such names hold people's. `lines` are
    those of the text file, or the rows of the sheet down to the last; `warnings` count what is told of rows, by the
    codes of problems. `concerned` people of a ledger were met by what was applied, as far as its owner sees it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    params = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    sealed_name = models.BinaryField(null=True)
    sha256 = models.TextField()
    size = models.BigIntegerField()
    state = models.TextField(default="uploaded")
    owner = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.TextField()
    language = models.TextField(default="zh-hans")
    reach = models.JSONField(default=dict)
    limit_bytes = models.BigIntegerField()
    created_at = models.DateTimeField()
    step_started_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    rows_total = models.BigIntegerField(null=True)
    read = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    replaced = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    kept_on_undo = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(null=True)
    warnings = models.JSONField(default=dict)
    concerned = models.BigIntegerField(null=True)
    has_failure_file = models.BooleanField(default=False)
    refusal = models.JSONField(null=True)

    class Meta:
        db_table = "exchange_import"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=IMPORT_STATES), name="exchange_import_state"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="exchange_import_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def sealing_context(self) -> str:
        return f"exchange.import:{self.id}"

    @property
    def original_name(self) -> str:
        """How its owner called the file; empty for files of versions that did not seal it."""
        return ring().open(self.sealed_name, self.sealing_context).decode() if self.sealed_name else ""


class Export(models.Model):
    """A file on its way out: waiting → writing → ready → expired, or refused.

    With identities in clear of more people than one may have alone it is held until a second person agrees (→ waiting)
    or declines; `expires_at` then says until when. `reach` is how far its owner's right reached when it was written (or
    held): the file may be fetched for as long as the right still reaches so far.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    params = models.JSONField(default=dict)
    purpose = models.TextField(blank=True, default="")
    state = models.TextField(default="waiting")
    owner = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.TextField()
    language = models.TextField(default="zh-hans")
    reach = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    step_started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_label = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    rows_total = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    sha256 = models.TextField(blank=True, default="")
    size = models.BigIntegerField(default=0)
    refusal = models.JSONField(null=True)

    class Meta:
        db_table = "exchange_export"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EXPORT_STATES), name="exchange_export_state"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="exchange_export_owner"),
            models.Index(
                fields=["-held_at"], name="exchange_export_held", condition=Q(held_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ExportedPerson(models.Model):
    """A person whom a file showed in clear; they are told so."""

    pk = models.CompositePrimaryKey("person_id", "export_id")
    person_id = models.UUIDField()
    export_id = models.UUIDField()

    class Meta:
        db_table = "exchange_exportedperson"
        indexes = [models.Index(fields=["export_id"], name="exchange_exportedperson_file")]

    def __str__(self) -> str:
        return f"{self.export_id} {self.person_id}"
