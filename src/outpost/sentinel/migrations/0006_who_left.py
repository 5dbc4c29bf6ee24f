"""Who stands in a ledger is counted, and who has just left is found, without reading everybody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0005_staff_latest")]

    operations = [
        migrations.AddIndex(
            model_name="stafflatest",
            index=models.Index(
                fields=["category_id", "enrolment"],
                condition=models.Q(left_at__isnull=True),
                name="sentinel_latest_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="stafflatest",
            index=models.Index(
                fields=["category_id", "left_at"],
                condition=models.Q(left_at__isnull=False),
                name="sentinel_latest_left",
            ),
        ),
    ]
