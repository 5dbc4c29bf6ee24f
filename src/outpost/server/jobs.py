"""Jobs about jobs: those whose worker died are run again, old finished ones are removed.

Registered by the worker only (`outpost.server.worker`), after Django is set up.
"""

import logging

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app as jobs
from procrastinate.jobs import Status

from outpost.core.queues import URGENT

STALLED_SECONDS = 30.0
MOST_ATTEMPTS = 5
"""A job that was cut off this often is likely what ends its workers: it is marked as failed."""
KEEP_HOURS = 7 * 24

_log = logging.getLogger(__name__)


@jobs.periodic(cron="* * * * *")
@jobs.task(
    name="outpost.retry_stalled", queue=URGENT, queueing_lock="outpost.retry_stalled", pass_context=True
)
async def retry_stalled(context: JobContext, timestamp: int) -> int:  # noqa: ARG001 - the schedule gives it
    """Queue again the jobs of workers that gave no sign of life; returns how many there were."""
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
    for job in stalled:
        if job.attempts >= MOST_ATTEMPTS:
            _log.error("job %s (%s) was cut off %s times: given up", job.id, job.task_name, job.attempts)
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            _log.warning("job %s (%s) was cut off: queued again", job.id, job.task_name)
            await manager.retry_job(job)
    return len(stalled)


@jobs.periodic(cron="17 19 * * *")  # 03:17 in Shanghai
@jobs.task(name="outpost.remove_old_jobs", queueing_lock="outpost.remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Remove the rows of jobs that succeeded more than a week ago; failed ones stay for the operator."""
    await builtin_tasks.remove_old_jobs(context, max_hours=KEEP_HOURS)
