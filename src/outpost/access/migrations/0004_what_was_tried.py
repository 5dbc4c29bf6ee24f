"""What accounts tried where the answer tells known from unknown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_scope_kinds_are_declared"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tried",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("actor_id", models.TextField()),
                ("on", models.DateField()),
                ("value", models.BinaryField()),
                ("mask", models.BinaryField()),
                ("is_single", models.BooleanField()),
            ],
            options={
                "db_table": "access_tried",
                "constraints": [
                    models.UniqueConstraint(fields=("actor_id", "on", "value"), name="access_tried_once")
                ],
            },
        ),
    ]
