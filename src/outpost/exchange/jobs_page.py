"""The operator's page of jobs: what waits, runs, failed or lost its worker; failed ones can be run again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit.services import record
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.queues import called
from outpost.exchange.actions import SEE_JOBS
from outpost.exchange.web.labels import StateLabel
from outpost.pages.addresses import back
from outpost.pages.doors import PageRequest, door
from outpost.pages.listing import Column, Listing, list_page

STALLED_AFTER = timedelta(seconds=30)
STATES = {
    "todo": StateLabel("neutral", _("Waiting")),
    "doing": StateLabel("running", _("Running")),
    "stalled": StateLabel("warning", _("Worker lost")),
    "failed": StateLabel("bad", _("Failed")),
    "succeeded": StateLabel("good", _("Done")),
}
JOBS = Listing(
    "jobs",
    columns=(
        Column("task", _("Job"), order="task_name"),
        Column("id", _("Number"), order="id", is_numeric=True),
        Column("state", _("State"), order="status"),
        Column("attempts", _("Attempts"), order="attempts", is_numeric=True),
        Column("at", _("Last event"), order="last_event_at"),
        Column("scheduled_at", _("Runs at"), order="scheduled_at"),
        Column("subject", _("Subject")),
    ),
    order="-id",
    aside="at",
    below=("state", "attempts"),
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the operator sees it. `task` and `subject`, its name and the ids it works on, show on demand."""

    id: int
    task: str
    words: str
    state: StateLabel
    attempts: int
    at: datetime | None
    scheduled_at: datetime | None
    subject: str
    may_retry: bool


def jobs_in(state: str, *, at: datetime) -> QuerySet[ProcrastinateJob]:
    """The jobs in a state of `STATES`; those whose worker gives no sign of life are stalled, not running."""
    found: QuerySet[ProcrastinateJob] = ProcrastinateJob.objects.annotate(
        last_event_at=Max("procrastinateevent__at")
    )
    lost = Q(worker__isnull=True) | Q(worker__last_heartbeat__lt=at - STALLED_AFTER)
    if state == "stalled":
        return found.filter(lost, status="doing")
    return found.filter(~lost, status="doing") if state == "doing" else found.filter(status=state)


@door(SEE_JOBS)
@require_GET
def jobs(request: PageRequest) -> HttpResponse:
    """The jobs in one state, with the number of those in each."""
    at = clock.now()
    state = request.GET.get("state", "failed")
    if state not in STATES:
        raise Refusal(NOT_FOUND)
    counts = {name: jobs_in(name, at=at).count() for name in STATES if name != "succeeded"}
    tabs = [
        {"label": look.label, "url": f"?state={name}", "is_current": name == state, "count": counts.get(name)}
        for name, look in STATES.items()
    ]
    return list_page(
        JOBS.read(request),
        "exchange/jobs.html",
        jobs_in(state, at=at),
        present=lambda found: [_row(job, state) for job in found],
        context={"tabs": tabs, "state": STATES[state]},
    )


def _row(job: ProcrastinateJob, state: str) -> JobRow:
    return JobRow(
        id=job.id,
        task=job.task_name,
        words=called(job.task_name),
        state=STATES[state],
        attempts=job.attempts,
        at=job.last_event_at,  # type: ignore[attr-defined]  # annotated by `jobs_in`
        scheduled_at=job.scheduled_at,
        subject=" ".join(str(value) for value in job.args.values()),
        may_retry=state == "failed",
    )


@door(SEE_JOBS)
@require_POST
def retry(request: PageRequest) -> HttpResponse:
    """Queue a failed job once more."""
    at = clock.now()
    asked = request.POST.get("id", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 20  # "²" is a digit, too, but no number
    job = or_not_found(
        ProcrastinateJob.objects.filter(id=asked if is_number else None, status="failed").first()
    )
    queue.job_manager.retry_job_by_id(job.id, at)
    record(
        "operation.job_retried",
        actor=request.actor,
        at=at,
        object_id=str(job.id),
        detail={"task": job.task_name},
    )
    return back(request, "operation:jobs")


app_name = "operation"
urlpatterns = [
    path("jobs/", jobs, name="jobs"),
    path("jobs/retry", retry, name="retry"),
]
