"""Jobs that follow from what a service writes, queued in the service's own transaction."""

from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager
from procrastinate.types import JSONValue

# Not the manager of the application: while a worker runs, that one queues on connections of its own. A job would be
# seen before the rows that it is about, and would stay when they are rolled back.
_MANAGER = JobManager(DjangoConnector())


def defer_later(job: str, *, priority: int, **arguments: JSONValue) -> int:
    """As `defer`; of waiting jobs the one with the highest `priority` (0 by default) goes first."""
    configured = jobs.configure_task(job, allow_unknown=False, priority=priority)
    return JobDeferrer(_MANAGER, configured.job).defer(**arguments)


def defer(job: str, *, queue: str | None = None, **arguments: JSONValue) -> int:
    """Queue a job by its name, in the transaction of the caller: it is there with the caller's rows, or neither is.

    `queue`: another one than the job's own (`core.queues`). Returns the number of the queued job.
    Raises procrastinate's TaskNotFound for a name that no module has.
    """
    configured = jobs.configure_task(job, allow_unknown=False, queue=queue)
    return JobDeferrer(_MANAGER, configured.job).defer(**arguments)
