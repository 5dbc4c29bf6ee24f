"""Who is off duty is found by employer: a page is of few of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0014_who_is_away")]

    operations = [
        migrations.AddIndex(
            model_name="staffaway",
            index=models.Index(fields=["enrolment"], name="sentinel_away_enrolment"),
        ),
    ]
