"""Whose visit a gate stated is not read by the application any more, as little as whose a check-in is (0012)."""

from django.db import migrations, models

NAMED = """
CREATE FUNCTION venues_has_passed_a_gate(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM venues_gateentry g WHERE g.person_id = person)
$$;
REVOKE ALL ON FUNCTION venues_has_passed_a_gate(uuid) FROM PUBLIC;
"""
BACK = "DROP FUNCTION venues_has_passed_a_gate(uuid)"


class Migration(migrations.Migration):
    dependencies = [("venues", "0012_whose_visits")]

    operations = [
        migrations.AddField(
            model_name="gateentry",
            name="is_visit",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(
                    models.Q(("person_id__isnull", False)), output_field=models.BooleanField()
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.RunSQL(NAMED, BACK),
    ]
