from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_key_checks")]

    operations = [
        migrations.CreateModel(
            name="TokenEnd",
            fields=[
                ("person_id", models.UUIDField(primary_key=True, serialize=False)),
                ("ended_at", models.DateTimeField()),
            ],
            options={"db_table": "people_tokenend"},
        ),
    ]
