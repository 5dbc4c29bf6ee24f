"""A phone may work at a venue: the role of its inspectors."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    "command", "bureau", "town", "principal", "manager", "inspector", "feeder", "operator", "security", "auditor",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("access", "0008_venue_managers")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="access_grant_role"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(condition=Q(role__in=ROLES), name="access_grant_role"),
        ),
    ]
