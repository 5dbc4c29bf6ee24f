"""Which kinds of scopes there are is declared by modules: a new one needs no migration of the rights."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("access", "0002_contacts")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="access_grant_scope"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(condition=~Q(scope_kind=""), name="access_grant_scope"),
        ),
    ]
