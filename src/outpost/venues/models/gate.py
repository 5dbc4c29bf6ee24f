"""Table of what the gates of a venue state, beside the check-ins that follow from it (`models`)."""

from django.db import models
from django.db.models import Q

from outpost.venues.models.visits import Taken


class GateEntry(Taken):
    """What was stated at a gate: a visit, or (no person) the temperature of somebody who had checked in by phone, or
    that somebody was turned away.

    Whose visit it was is not read by the application (V1): whether it was one says `is_visit`.
    """

    pk = models.CompositePrimaryKey("venue_id", "day", "id")
    venue_id = models.UUIDField()
    day = models.DateField()
    id = models.UUIDField()
    checkpoint_id = models.UUIDField()
    member_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    is_visit = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(person_id__isnull=False), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    occurred_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    second = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    is_isolated = models.BooleanField(null=True)
    is_turned_away = models.BooleanField(default=False, db_default=False)
    way = models.TextField()
    green_channel = models.TextField(default="")
    verdict = models.TextField(default="")

    class Meta:
        db_table = "venues_gateentry"
