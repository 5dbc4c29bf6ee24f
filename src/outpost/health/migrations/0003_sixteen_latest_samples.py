"""Sixteen latest samples of a person are kept instead of eight: whoever had eight may have more."""

from django.db import migrations

_KEEP_SIXTEEN = """
UPDATE health_latestsamples l SET sampled_at = ARRAY(
       SELECT t.sampled_at FROM health_testrecord t
        WHERE t.person_id = l.person_id AND NOT t.is_withdrawn ORDER BY t.sampled_at DESC LIMIT 16)
 WHERE cardinality(l.sampled_at) = 8
"""
_KEEP_EIGHT = "UPDATE health_latestsamples SET sampled_at = sampled_at[1:8] WHERE cardinality(sampled_at) > 8"


class Migration(migrations.Migration):
    dependencies = [("health", "0002_find_rows_of_an_import")]

    operations = [migrations.RunSQL(_KEEP_SIXTEEN, _KEEP_EIGHT)]
