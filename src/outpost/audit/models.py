"""Tables of the audit: append-only entries, kept versions of replaced rows, what purges removed."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.fields.json import KT

from outpost.core.ids import new_id


class AuditEntry(models.Model):
    """One act. The database refuses to change or delete it; `hash` covers the row and `previous_hash`."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    action = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    address = models.TextField(blank=True, default="")
    object_id = models.TextField(blank=True, default="")
    count = models.BigIntegerField(default=0)
    purpose = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)
    previous_hash = models.TextField()
    hash = models.TextField()

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["action", "-seq"], name="audit_entry_action"),
            models.Index(fields=["actor_id", "-seq"], name="audit_entry_actor"),
            models.Index(fields=["object_id", "-seq"], name="audit_entry_object"),
            BrinIndex(fields=["at"], name="audit_entry_at", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class RowVersion(models.Model):
    """A row as it stood before it was replaced or removed, so that history stays and an undo is exact.

    `replaced_by` is the label of who did it by hand; empty where a batch did, which `cause` names.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    table = models.TextField()
    row_key = models.TextField()
    row = models.JSONField()
    replaced_at = models.DateTimeField()
    cause = models.TextField()
    replaced_by = models.TextField(blank=True, default="")

    class Meta:
        db_table = "audit_rowversion"
        indexes = [
            models.Index(fields=["table", "row_key"], name="audit_rowversion_row"),
            models.Index(fields=["cause"], name="audit_rowversion_cause"),
            # by hand only: a renamed row is found by its id, and imports pay nothing for it
            models.Index(
                KT("row__id"), name="audit_rowversion_by_hand", condition=models.Q(replaced_by__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_key}"


class Deletion(models.Model):
    """One deletion by hand, for as long as it can be undone. What was deleted lies softly deleted in its own table.

    `object_ids` name it, `parts` say how much went (kind of thing → number), `kept` is what a row that is gone held.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    object_ids = ArrayField(models.TextField())
    parts = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    actor_id = models.TextField()
    actor_label = models.TextField()
    deleted_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
    restored_by = models.TextField(blank=True, default="")

    class Meta:
        db_table = "audit_deletion"
        indexes = [models.Index(fields=["deleted_at"], name="audit_deletion_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ChainCut(models.Model):
    """Where the chain begins after its oldest entries were purged: the last one removed, with its hash.

    `signature` covers both under the key ring: nobody without the key file can cut and hide it.
    """

    seq = models.BigIntegerField(primary_key=True)
    hash = models.TextField()
    entries = models.BigIntegerField()
    cut_at = models.DateTimeField()
    signature = models.TextField()

    class Meta:
        db_table = "audit_chaincut"


class Purge(models.Model):
    """One purge, from its first row to its certificate. `counts` grows with each batch, in its transaction, so that a
    purge that was cut off goes on and loses no figure. `first_kept` is by class the first day that stays."""

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    actor_label = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    first_kept = models.JSONField()
    counts = models.JSONField(default=dict)
    certificate = models.JSONField(null=True)

    class Meta:
        db_table = "audit_purge"
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(finished_at__isnull=True), name="audit_purge_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
