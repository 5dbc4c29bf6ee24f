"""Which check-ins were made far from their venue, and how many of an hour. Of those that are there nothing is known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("venues", "0010_gate_entries")]

    operations = [
        migrations.AddField("checkin", "is_remote", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("flow", "remote", models.IntegerField(default=0, db_default=0)),
    ]
