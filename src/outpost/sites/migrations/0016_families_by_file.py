"""Families by file: which file brought a row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0015_employer_tallies"),
    ]

    operations = [
        migrations.AddField(
            model_name="familymember",
            name="import_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="familymember",
            index=models.Index(fields=["import_id"], name="sites_familymember_import"),
        ),
    ]
