"""A phone may run a construction site: the role of its lead."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    "command", "bureau", "town", "principal", "manager", "inspector", "site_lead", "feeder", "operator", "security",
    "auditor",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("access", "0009_inspectors")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="access_grant_role"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(condition=Q(role__in=ROLES), name="access_grant_role"),
        ),
    ]
