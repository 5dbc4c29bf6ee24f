"""A machine may fetch what is shared with it: the role of a receiver."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    "command", "bureau", "town", "principal", "manager", "inspector", "site_lead", "feeder", "receiver", "operator",
    "security", "auditor",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("access", "0010_site_leads")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="access_grant_role"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(condition=Q(role__in=ROLES), name="access_grant_role"),
        ),
    ]
