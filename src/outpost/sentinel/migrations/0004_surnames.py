"""Search by surname, and the order in which a file brought people. Rows that are there get their surname's hash from
`outpost.people.surnames` (a migration has no keys)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0003_job_rules")]

    operations = [
        migrations.AddField("staffmember", "surname_hash", models.BinaryField(null=True)),
        migrations.AddField("staffmember", "position", models.IntegerField(null=True)),
        migrations.AddIndex(
            "staffmember", models.Index(fields=["surname_hash"], name="sentinel_staff_surname")
        ),
    ]
