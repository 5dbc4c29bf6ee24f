"""What each inspector did, by checkpoint and local day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("venues", "0008_abnormal_temperatures")]

    operations = [
        migrations.CreateModel(
            name="MemberFlow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("venue_id", "day", "member_id", "checkpoint_id"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("venue_id", models.UUIDField()),
                ("day", models.DateField()),
                ("member_id", models.UUIDField()),
                ("checkpoint_id", models.UUIDField()),
                ("check_ins", models.IntegerField()),
                ("temperatures", models.IntegerField()),
                ("abnormal", models.IntegerField()),
            ],
            options={"db_table": "venues_memberflow"},
        ),
    ]
