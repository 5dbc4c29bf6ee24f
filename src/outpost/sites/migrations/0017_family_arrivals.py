"""Records of the arrivals feed tell of family, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0016_families_by_file"),
    ]

    operations = [
        migrations.AddField(
            model_name="arrival",
            name="family_member_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(
                condition=models.Q(("family_member_id__isnull", False)),
                fields=["family_member_id", "-entry"],
                name="sites_arrival_last_of_family",
            ),
        ),
    ]
