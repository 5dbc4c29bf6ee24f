"""An undo finds the rows of its import by an index instead of reading the whole table."""

from django.db import migrations, models


def _of_import(name: str) -> models.Index:
    return models.Index(fields=["import_id"], name=name, condition=models.Q(("import_id__isnull", False)))


class Migration(migrations.Migration):
    dependencies = [("health", "0001_initial")]

    operations = [
        migrations.AddIndex("testrecord", _of_import("health_testrecord_import")),
        migrations.AddIndex("vaccination", _of_import("health_vaccination_import")),
    ]
