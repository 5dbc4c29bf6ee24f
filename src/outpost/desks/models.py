"""Tables of the desks. Devices, pairing codes and PINs are small; entries grow and are spread by their id."""

import base64
from uuid import UUID

from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.desks.rules import Settled, State

PAIRING = "desks.pairing"
"""What the short text of a pairing code is signed as."""


class PairingCode(models.Model):
    """配对码: lets one device be enrolled for a place, once and for minutes. `tail` is what its text carries."""

    tail = models.BinaryField(primary_key=True)
    place_kind = models.TextField()
    place_key = models.TextField()
    made_by = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "desks_pairingcode"

    def __str__(self) -> str:
        return f"{self.place_kind} {self.place_key}"


class Device(models.Model):
    """设备: enrolled for one place. Every number of an entry up to `whole_to` has come; `last_seq` is the highest."""

    id = models.UUIDField(primary_key=True, default=new_id)
    place_kind = models.TextField()
    place_key = models.TextField()
    name = models.TextField()
    public_key = models.BinaryField()
    app = models.TextField()
    enrolled_by = models.TextField()
    enrolled_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    whole_to = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "desks_device"
        indexes = [models.Index(fields=["place_kind", "place_key"], name="desks_device_place")]

    def __str__(self) -> str:
        return self.name


def pin_context(member_id: UUID) -> str:
    """What a sealed PIN is bound to."""
    return f"desks.pin:{member_id}"


class Pin(models.Model):
    """口令 of somebody who works at a place: salt, verifier and the key that opens lists by it, sealed."""

    member_id = models.UUIDField(primary_key=True)
    sealed = models.BinaryField()
    set_at = models.DateTimeField()

    class Meta:
        db_table = "desks_pin"


class Entry(models.Model):
    """记录: what a device stated under an id, and what became of it. The same id with other content is another row.

    `at` is the device's time, `occurred_at` the corrected one, which counts, `received_at` the server's. What is not
    simply kept has a `code`, stays sealed as it came, and waits for somebody to settle it.
    """

    pk = models.CompositePrimaryKey("id", "digest")
    id = models.UUIDField()
    digest = models.BinaryField()
    device_id = models.UUIDField()
    place_kind = models.TextField()
    place_key = models.TextField()
    seq = models.BigIntegerField()
    member_id = models.UUIDField()
    at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.TextField()
    code = models.TextField(default="")
    sealed = models.BinaryField(default=b"")
    settled = models.TextField(default="")
    settled_by = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta:
        db_table = "desks_entry"
        indexes = [
            models.Index(fields=["device_id", "seq"], name="desks_entry_numbers"),
            models.Index(
                fields=["place_kind", "place_key", "-received_at"],
                condition=~Q(code=""),
                name="desks_entry_work",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.codes()), name="desks_entry_state"),
            models.CheckConstraint(
                condition=Q(settled__in=["", *Settled.codes()]), name="desks_entry_settled"
            ),
        ]

    @property
    def mark(self) -> str:
        """The digest as it stands in an address: 26 letters and digits."""
        return base64.b32encode(bytes(self.digest)).decode().rstrip("=")
