"""The flow counts temperatures, too; those of the check-ins that are there are counted once."""

from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COUNT = """UPDATE venues_flow f SET temperatures = c.temperatures, abnormal = c.abnormal
  FROM (SELECT venue_id, day, extract(hour FROM occurred_at AT TIME ZONE %s) AS hour, checkpoint_id,
               count(temperature) AS temperatures, count(*) FILTER (WHERE temperature > 37.3) AS abnormal
          FROM venues_checkin WHERE temperature IS NOT NULL GROUP BY 1, 2, 3, 4) c
 WHERE f.venue_id = c.venue_id AND f.day = c.day AND f.hour = c.hour AND f.checkpoint_id = c.checkpoint_id"""


def count(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Bring the flow to what the check-ins say."""
    with editor.connection.cursor() as cursor:
        cursor.execute(COUNT, [settings.TIME_ZONE])


class Migration(migrations.Migration):
    dependencies = [("venues", "0003_conflicts")]

    operations = [
        migrations.AddField("flow", "temperatures", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("flow", "abnormal", models.IntegerField(default=0, db_default=0)),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
