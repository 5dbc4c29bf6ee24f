"""Users of a site: whom a lead authorises to register the people of one employer."""

import django.db.models.deletion
from django.db import migrations, models

import outpost.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_document_links"),
        ("sites", "0013_supervisors"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteUser",
            fields=[
                ("sealed", models.BinaryField()),
                ("name_hash", models.BinaryField()),
                ("surname_hash", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField()),
                ("content_hash", models.BinaryField()),
                ("id", models.UUIDField(default=outpost.core.ids.new_id, primary_key=True, serialize=False)),
                ("last_day", models.DateField(null=True)),
                ("authorised_by", models.TextField()),
                ("authorised_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="users", to="sites.contract"
                    ),
                ),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.employer"
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
            ],
            options={
                "db_table": "sites_siteuser",
                "indexes": [models.Index(fields=["person"], name="sites_siteuser_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("employer", "person"),
                        name="sites_siteuser_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("employer", "phone_hash"),
                        name="sites_siteuser_phone",
                    ),
                ],
            },
        ),
    ]
