"""Who answered for somebody who missed: until now only who had claimed them was kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sentinel", "0006_who_left")]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="answered_by",
            field=models.TextField(blank=True, default=""),
        ),
    ]
