"""Phones of a site: that of the supervision company's lead, and of users who register the people of an employer."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    "command", "bureau", "town", "principal", "manager", "inspector", "site_lead", "site_supervisor", "site_user",
    "feeder", "receiver", "operator", "security", "auditor",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("access", "0011_receivers")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="access_grant_role"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(condition=Q(role__in=ROLES), name="access_grant_role"),
        ),
    ]
