from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0006_declarations_and_the_pass"),
    ]

    operations = [
        migrations.CreateModel(
            name="PassRuleSet",
            fields=[
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("version", models.IntegerField(null=True, unique=True)),
                ("rules", models.JSONField()),
                ("reason", models.TextField()),
                ("trial", models.JSONField()),
                ("expires_at", models.DateTimeField()),
                ("asked_by", models.TextField()),
                ("asked_label", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.TextField(blank=True, default="")),
                ("decided_label", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "health_passruleset",
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person_id", models.UUIDField()),
                ("condition", models.TextField()),
                ("since", models.DateTimeField(null=True)),
                ("sealed", models.BinaryField()),
                ("raised_at", models.DateTimeField()),
                ("raised_by", models.TextField()),
                ("due_at", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.TextField(blank=True, default="")),
                ("outcome", models.TextField(blank=True, default="")),
                ("sealed_answer", models.BinaryField(null=True)),
            ],
            options={
                "db_table": "health_objection",
                "indexes": [models.Index(fields=["answered_at", "due_at"], name="health_objection_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["", "corrected", "stands"])),
                        name="health_objection_outcome",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("person_id",),
                        name="health_objection_one_open",
                    ),
                ],
            },
        ),
    ]
