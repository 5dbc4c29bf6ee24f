"""Devices, pairing codes, PINs, and the entries that devices make."""

from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PairingCode",
            fields=[
                ("tail", models.BinaryField(primary_key=True, serialize=False)),
                ("place_kind", models.TextField()),
                ("place_key", models.TextField()),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "desks_pairingcode",
            },
        ),
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("member_id", models.UUIDField(primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "db_table": "desks_pin",
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("place_kind", models.TextField()),
                ("place_key", models.TextField()),
                ("name", models.TextField()),
                ("public_key", models.BinaryField()),
                ("app", models.TextField()),
                ("enrolled_by", models.TextField()),
                ("enrolled_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("whole_to", models.BigIntegerField(default=0)),
                ("last_seq", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "desks_device",
                "indexes": [models.Index(fields=["place_kind", "place_key"], name="desks_device_place")],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField()),
                ("digest", models.BinaryField()),
                ("device_id", models.UUIDField()),
                ("place_kind", models.TextField()),
                ("place_key", models.TextField()),
                ("seq", models.BigIntegerField()),
                ("member_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("state", models.TextField()),
                ("code", models.TextField(default="")),
                ("sealed", models.BinaryField(default=b"")),
                ("settled", models.TextField(default="")),
                ("settled_by", models.TextField(default="")),
                ("settled_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(default="")),
            ],
            options={
                "db_table": "desks_entry",
                "indexes": [
                    models.Index(fields=["device_id", "seq"], name="desks_entry_numbers"),
                    models.Index(
                        condition=models.Q(("code", ""), _negated=True),
                        fields=["place_kind", "place_key", "-received_at"],
                        name="desks_entry_work",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["kept", "conflict", "refused"])),
                        name="desks_entry_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("settled__in", ["", "entered", "dismissed"])),
                        name="desks_entry_settled",
                    ),
                ],
            },
        ),
    ]
