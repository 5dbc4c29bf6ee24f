"""The lead of the supervision company, beside that of the general contractor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0012_points"),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="supervisor_name_hash",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="contract",
            name="supervisor_phone_hash",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="contract",
            name="supervisor_sealed",
            field=models.BinaryField(null=True),
        ),
    ]
