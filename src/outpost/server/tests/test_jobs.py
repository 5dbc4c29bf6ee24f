"""Jobs whose worker died run again; one that is cut off again and again is given up."""

import asyncio
import importlib
from types import SimpleNamespace
from typing import cast

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from outpost.server import worker

pytestmark = pytest.mark.django_db


def add_job(*, attempts: int, heartbeat_age: int | None) -> int:
    """Put a running job into the table, of a worker last heard so many seconds ago (None: gone)."""
    with connection.cursor() as cursor:
        worker_id = None
        if heartbeat_age is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - %s * interval '1 second') RETURNING id",
                [heartbeat_age],
            )
            (worker_id,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, worker_id)"
            " VALUES ('default', 'test.task', 'doing', %s, %s) RETURNING id",
            [attempts, worker_id],
        )
        (job,) = cursor.fetchone()
    return int(job)


def status(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        (found,) = cursor.fetchone()
    return str(found)


def retry_stalled() -> int:
    task = importlib.import_module("outpost.server.jobs").retry_stalled
    context = cast(JobContext, SimpleNamespace(app=app))  # all that the task looks at
    return int(async_to_sync(task.func)(context, 0))


@pytest.mark.parametrize("heartbeat_age", [None, 31, 86400])
def test_a_job_of_a_dead_worker_is_queued_again(heartbeat_age: int | None) -> None:
    job = add_job(attempts=0, heartbeat_age=heartbeat_age)
    assert retry_stalled() == 1
    assert status(job) == "todo"
    assert retry_stalled() == 0


def test_a_job_of_a_live_worker_is_left_alone() -> None:
    job = add_job(attempts=0, heartbeat_age=10)
    assert retry_stalled() == 0
    assert status(job) == "doing"


def test_a_job_that_ends_its_workers_is_given_up() -> None:
    job = add_job(attempts=5, heartbeat_age=None)
    assert retry_stalled() == 1
    assert status(job) == "failed"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_waiting_jobs_on_its_own_connection() -> None:
    """With Django's settings: LISTEN and fetching go through psycopg, not through Django's connection."""
    importlib.import_module("outpost.server.jobs")
    job = app.configure_task("outpost.remove_old_jobs").defer(timestamp=0)
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()) as own:
        asyncio.run(worker.work(own, until_empty=True))
    assert status(job) == "succeeded"
