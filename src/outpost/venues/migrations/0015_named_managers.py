"""Venues that wait for a named manager, and the branches 连锁 of one. Who manages a venue by now has confirmed it."""

from django.db import migrations, models
from django.db.models import F, Q


def confirm_all(apps, schema_editor) -> None:  # noqa: ANN001, ARG001 - as Django calls it
    apps.get_model("venues", "Venue").objects.update(confirmed_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("venues", "0014_returning_and_departments")]

    operations = [
        migrations.AddField("venue", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField("venue", "head_id", models.UUIDField(null=True)),
        migrations.AddField("venue", "most_branches", models.SmallIntegerField(default=0, db_default=0)),
        migrations.RunPython(confirm_all, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("venue", "venues_venue_one_a_manager"),
        migrations.AddConstraint(
            "venue",
            models.UniqueConstraint(
                fields=["manager_phone_hash"],
                condition=Q(confirmed_at__isnull=False, removed_at__isnull=True),
                name="venues_venue_one_a_manager",
            ),
        ),
        migrations.AddIndex(
            "venue",
            models.Index(fields=["head_id"], condition=Q(head_id__isnull=False), name="venues_venue_head"),
        ),
    ]
