"""How people called their files is sealed from now on. A migration has no keys, so earlier names go: they stood in clear,
and an import is told by its kind and its time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0004_reach_of_imports"),
    ]

    operations = [
        migrations.RemoveField(model_name="import", name="original_name"),
        migrations.AddField(model_name="import", name="sealed_name", field=models.BinaryField(null=True)),
    ]
