"""Check-ins, partitioned by the local day of the visit. The application owns no table: two functions of the owner make a
day and drop the days that are empty.

A day is made beside the table and then attached, so that nobody who writes or reads meanwhile waits for it. Its bounds
are plain dates, the same whatever the zone of the session.
"""

from django.db import migrations, models

TABLE = """
CREATE TABLE venues_checkin (
    venue_id uuid NOT NULL, day date NOT NULL, id uuid NOT NULL, checkpoint_id uuid NOT NULL, person_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL, received_at timestamptz NOT NULL, temperature numeric(3, 1),
    CONSTRAINT venues_checkin_pkey PRIMARY KEY (venue_id, day, id)
) PARTITION BY RANGE (day);
CREATE INDEX venues_checkin_venue ON venues_checkin (venue_id, occurred_at) INCLUDE (person_id);
CREATE INDEX venues_checkin_person ON venues_checkin (person_id, occurred_at) INCLUDE (venue_id);
"""
MAKE_DAY = """
CREATE FUNCTION venues_make_day(wanted date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'venues_checkin_' || to_char(wanted, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NULL THEN
        -- one at a time, and whoever waited sees what the one before has made: an advisory lock would not show it
        LOCK TABLE venues_checkin IN SHARE UPDATE EXCLUSIVE MODE;
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE venues_checkin INCLUDING ALL)', name);
            EXECUTE format('ALTER TABLE venues_checkin ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, to_char(wanted, 'YYYY-MM-DD'), to_char(wanted + 1, 'YYYY-MM-DD'));
        END IF;
    END IF;
END $$;
REVOKE ALL ON FUNCTION venues_make_day(date) FROM PUBLIC;
"""
DROP_DAYS = """
CREATE FUNCTION venues_drop_days(before date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    name text;
    has_rows boolean;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'venues_checkin'::regclass
           AND c.relname < 'venues_checkin_' || to_char(before, 'YYYYMMDD')
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
        IF NOT has_rows THEN
            EXECUTE format('DROP TABLE %I', name);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION venues_drop_days(date) FROM PUBLIC;
"""
BACK = """
DROP FUNCTION venues_drop_days(date);
DROP FUNCTION venues_make_day(date);
DROP TABLE venues_checkin;
"""


class Migration(migrations.Migration):
    dependencies = [("venues", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE + MAKE_DAY + DROP_DAYS, BACK)],
            state_operations=[
                migrations.CreateModel(
                    name="CheckIn",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "venue_id",
                                "day",
                                "id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("venue_id", models.UUIDField()),
                        ("day", models.DateField()),
                        ("id", models.UUIDField()),
                        ("checkpoint_id", models.UUIDField()),
                        ("person_id", models.UUIDField()),
                        ("occurred_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        ("temperature", models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                    ],
                    options={
                        "db_table": "venues_checkin",
                    },
                ),
            ],
        )
    ]
