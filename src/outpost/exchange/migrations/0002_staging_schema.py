"""The schema of the staging tables: one unlogged table an import, dropped when it ends."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL("CREATE SCHEMA IF NOT EXISTS staging", "DROP SCHEMA staging CASCADE"),
    ]
