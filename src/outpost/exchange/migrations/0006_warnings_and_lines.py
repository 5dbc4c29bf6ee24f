"""An import keeps how many lines its file has, and what is told of its rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0005_names_of_files_are_sealed")]

    operations = [
        migrations.AddField("import", "lines", models.BigIntegerField(null=True)),
        migrations.AddField("import", "warnings", models.JSONField(default=dict)),
    ]
