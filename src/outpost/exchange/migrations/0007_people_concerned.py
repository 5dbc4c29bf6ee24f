"""An import of facts keeps how many people of the ledger it met."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0006_warnings_and_lines")]

    operations = [migrations.AddField("import", "concerned", models.BigIntegerField(null=True))]
