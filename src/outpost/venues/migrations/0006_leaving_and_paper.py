"""When a visitor left, where that is known, and check-ins that were entered from paper forms.

A stay ends, and not after rules.LONGEST_STAY, so that who was there at an instant is found by index; the few stays that
state their end have an index of their own.
"""

from django.db import migrations, models

COLUMNS = """
ALTER TABLE venues_checkin ADD COLUMN left_at timestamptz,
    ADD COLUMN source text NOT NULL DEFAULT 'phone', ADD COLUMN import_id uuid,
    ADD CONSTRAINT venues_checkin_stay CHECK (left_at > occurred_at AND left_at <= occurred_at + interval '7 days');
CREATE INDEX venues_checkin_left ON venues_checkin (venue_id, occurred_at, left_at)
    WHERE left_at IS NOT NULL;
CREATE INDEX venues_checkin_import ON venues_checkin (import_id) WHERE import_id IS NOT NULL;
"""
BACK = "ALTER TABLE venues_checkin DROP COLUMN left_at, DROP COLUMN source, DROP COLUMN import_id"


class Migration(migrations.Migration):
    dependencies = [("venues", "0005_hand_overs")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COLUMNS, BACK)],
            state_operations=[
                migrations.AddField("checkin", "left_at", models.DateTimeField(null=True)),
                migrations.AddField(
                    "checkin", "source", models.TextField(default="phone", db_default="phone")
                ),
                migrations.AddField("checkin", "import_id", models.UUIDField(null=True)),
            ],
        )
    ]
