import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_passkeys"),
        ("people", "0003_ended_tokens"),
        ("regions", "0002_principal_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("sealed", models.BinaryField()),
                ("name_hash", models.BinaryField()),
                ("surname_hash", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField()),
                ("content_hash", models.BinaryField()),
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("denied_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(blank=True, default="")),
                ("is_granted", models.BooleanField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "db_table": "people_claim",
                "indexes": [
                    models.Index(fields=["person"], name="people_claim_person"),
                    models.Index(fields=["holder"], name="people_claim_holder"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=("account",),
                        name="people_claim_one_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("is_granted__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("is_granted__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_claim_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RealName",
            fields=[
                ("sealed", models.BinaryField()),
                ("name_hash", models.BinaryField()),
                ("surname_hash", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField()),
                ("content_hash", models.BinaryField()),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stated_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("seen_by", models.TextField(blank=True, default="")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "db_table": "people_realname",
                "constraints": [
                    models.UniqueConstraint(fields=("person",), name="people_realname_one_speaks")
                ],
            },
        ),
    ]
