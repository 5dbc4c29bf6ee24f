"""Jobs follow from what happened in its own transaction: the table of events to pass on goes.

What still waits in it is passed on here, to the jobs that followed from it, and the jobs that would have done so go.
Events that nobody followed have nothing to lose.
"""

from django.db import migrations

WAITING_TO_JOBS = """
LOCK TABLE audit_outboxevent IN ACCESS EXCLUSIVE MODE;
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'default', follower.job, event.payload
FROM audit_outboxevent event
JOIN (VALUES
  ('exchange.import_finished', 'notifications.tell_import'),
  ('exchange.export_ready', 'notifications.tell_export'),
  ('exchange.export_ready', 'people.watch'),
  ('exchange.export_held', 'notifications.tell_second_persons'),
  ('people.looked', 'people.watch')
) AS follower (event, job) ON follower.event = event.name
WHERE event.dispatched_at IS NULL
ORDER BY event.announced_at, follower.job;
DELETE FROM procrastinate_jobs WHERE task_name = 'outpost.dispatch' AND status <> 'succeeded';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_find_by_time"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(WAITING_TO_JOBS, migrations.RunSQL.noop),
        migrations.DeleteModel(name="OutboxEvent"),
    ]
