from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.TextField()),
                ("version", models.PositiveIntegerField()),
                ("value", models.BinaryField()),
                ("added_at", models.DateTimeField()),
                ("copied_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "people_keycheck",
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "version"), name="people_keycheck_key")
                ],
            },
        ),
    ]
