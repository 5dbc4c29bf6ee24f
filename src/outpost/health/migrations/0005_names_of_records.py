"""The keyed hash of the name that a record came with, and the names of a person beside the latest samples.

Records that are there came without one: whoever stands in a ledger by now is shown them as before
(`sentinel` 0008).
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("health", "0004_one_sample_counts_once")]

    operations = [
        migrations.AddField("testrecord", "name_hash", models.BinaryField(null=True)),
        migrations.AddField("vaccination", "name_hash", models.BinaryField(null=True)),
        migrations.AddField(
            "latestsamples",
            "name_hashes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BinaryField(), db_default=[], default=list, size=None
            ),
        ),
    ]
