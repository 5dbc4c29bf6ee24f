"""What an employer answered about somebody of whom nothing shows to them is a follow-up of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0009_who_lapses")]

    operations = [
        migrations.AddField("followup", "is_employers", models.BooleanField(default=False, db_default=False)),
        migrations.RemoveConstraint("followup", "sentinel_followup_once"),
        migrations.AddConstraint(
            "followup",
            models.UniqueConstraint(fields=["staff", "on", "is_employers"], name="sentinel_followup_once"),
        ),
    ]
