"""What follows from an event is queued with it; an upgrade passes on what the outbox of old still held."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.audit import events
from outpost.core.ids import new_id

Jobs = list[tuple[str, Any]]


def jobs_of(export_id: str) -> Jobs:
    found = ProcrastinateJob.objects.filter(args__export_id=export_id).order_by("id")
    return list(found.values_list("task_name", "args"))


@pytest.mark.django_db
def test_every_job_that_follows_is_queued_with_the_payload() -> None:
    payload = {"export_id": str(new_id()), "state": "ready"}
    events.announce("exchange.export_ready", **payload)
    assert jobs_of(payload["export_id"]) == [
        ("notifications.tell_export", payload),
        ("people.watch", payload),
    ]


@pytest.mark.django_db
def test_an_event_that_the_wiring_does_not_name_is_a_fault() -> None:
    with pytest.raises(KeyError):
        events.announce("exchange.export_redy")


WAITING = "INSERT INTO audit_outboxevent VALUES (gen_random_uuid(), %s, %s::jsonb, now(), {dispatched})"


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("audit", name)])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_upgrade_passes_on_what_waits_once() -> None:
    waiting, done, unheard = str(new_id()), str(new_id()), str(new_id())
    ((_, newest),) = MigrationExecutor(connection).loader.graph.leaf_nodes("audit")
    migrate("0004_find_by_time")
    try:
        with connection.cursor() as cursor:
            for name, key, dispatched in (
                ("exchange.export_held", waiting, "NULL"),
                ("exchange.export_held", done, "now()"),
                ("sentinel.staff_changed", unheard, "NULL"),
            ):
                statement = WAITING.format(dispatched=dispatched)
                cursor.execute(statement, [name, f'{{"export_id": "{key}"}}'])
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                " VALUES ('default', 'outpost.dispatch', '{}')"
            )
    finally:
        migrate(newest)
    assert jobs_of(waiting) == [("notifications.tell_second_persons", {"export_id": waiting})]
    assert jobs_of(done) == jobs_of(unheard) == []
    assert not ProcrastinateJob.objects.filter(task_name="outpost.dispatch").exists()
