"""A job is queued with the rows that it is about, or not at all."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import TaskNotFound

from outpost.core.deferring import defer
from outpost.core.ids import new_id
from outpost.core.queues import DEFAULT, URGENT

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["pages", "worker"], autouse=True)
def _queue(request: pytest.FixtureRequest) -> Iterator[None]:
    """The queue as pages have it, and as services have it inside a worker."""
    if request.param == "pages":
        yield
        return
    assert isinstance(app.connector, DjangoConnector)
    own = app.connector.get_worker_connector()
    own.get_sync_connector().open()
    with app.replace_connector(own):
        yield
    own.get_sync_connector().close()


def queued(export_id: str) -> list[str]:
    """The queues of the jobs for this export, as another connection sees them."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        rows = other.execute(
            "SELECT queue_name FROM procrastinate_jobs WHERE args->>'export_id' = %s", [export_id]
        )
        return [queue for (queue,) in rows.fetchall()]


def test_a_job_is_there_when_the_transaction_is_over_and_not_before() -> None:
    export_id = str(new_id())
    with transaction.atomic():
        defer("exchange.write", export_id=export_id)
        assert queued(export_id) == []
    assert queued(export_id) == [DEFAULT]


def test_a_transaction_that_is_rolled_back_leaves_no_job() -> None:
    export_id = str(new_id())
    with transaction.atomic():
        defer("exchange.write", export_id=export_id)
        transaction.set_rollback(True)
    assert queued(export_id) == []


def test_a_job_can_be_queued_elsewhere_and_must_be_known() -> None:
    export_id = str(new_id())
    defer("exchange.write", queue=URGENT, export_id=export_id)
    assert queued(export_id) == [URGENT]
    with pytest.raises(TaskNotFound):
        defer("exchange.wrote", export_id=export_id)
