"""How many times whoever is named as manager of a venue was reminded by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("venues", "0020_what_was_left")]

    operations = [
        migrations.AddField("handover", "reminders", models.SmallIntegerField(default=0, db_default=0)),
    ]
