from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0003_second_person"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="reach",
            field=models.JSONField(default=dict),
        ),
    ]
