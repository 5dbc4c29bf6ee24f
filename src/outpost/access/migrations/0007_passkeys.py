"""Passkeys of phone accounts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_denials"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False),
                ),
                ("credential_id", models.TextField(unique=True)),
                ("public_key", models.TextField()),
                ("sign_count", models.BigIntegerField(default=0)),
                ("label", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "access_passkey",
            },
        ),
    ]
