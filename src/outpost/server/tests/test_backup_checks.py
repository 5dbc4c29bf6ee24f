"""What the doctor says of backups and their drills."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import translation

from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.findings import Finding
from outpost.server import backup_checks
from outpost.server.sessions import Session

pytestmark = pytest.mark.django_db


def driver() -> psycopg.Connection[tuple[object, ...]]:
    connection.ensure_connection()
    found: psycopg.Connection[tuple[object, ...]] = connection.connection
    return found


@pytest.mark.parametrize(
    ("look", "action"), [(backup_checks.backup, "backed_up"), (backup_checks.drill, "backup_verified")]
)
def test_backups_and_drills_age(look: Callable[[Session], Finding], action: str) -> None:
    assert look(driver()).state == "warn"
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    record(f"operation.{action}", actor=Actor.system("test"), at=now - timedelta(days=40))
    assert look(driver()).state == "warn"
    with translation.override("zh-hans"):
        assert look(driver()).render()["found"] == "最近一次在 960 小时前。"
    record(f"operation.{action}", actor=Actor.system("test"), at=now)
    assert look(driver()).state == "ok"
