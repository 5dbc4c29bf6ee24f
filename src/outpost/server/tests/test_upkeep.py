"""What the doctor says of the upkeep, in both languages."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils import translation

from outpost.audit.models import RowVersion
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.notifications.tests.support import webhook
from outpost.server import upkeep
from outpost.server.tests.test_checks import SAFE_PRODUCTION, make_env
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db


def driver() -> psycopg.Connection[tuple[object, ...]]:
    connection.ensure_connection()
    found: psycopg.Connection[tuple[object, ...]] = connection.connection
    return found


@pytest.mark.parametrize(
    ("look", "action"), [(upkeep.backup, "backed_up"), (upkeep.drill, "backup_verified")]
)
def test_backups_and_drills_age(look: upkeep.Look, action: str) -> None:
    assert look(driver()).state == "warn"
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    record(f"operation.{action}", actor=Actor.system("test"), at=now - timedelta(days=40))
    assert look(driver()).state == "warn"
    assert look(driver()).render("zh_Hans")["found"] == "最近一次在 960 小时前。"
    record(f"operation.{action}", actor=Actor.system("test"), at=now)
    assert look(driver()).state == "ok"


def test_what_the_purge_has_left_is_named(tmp_path: Path) -> None:
    env = make_env(tmp_path)
    RowVersion.objects.create(table="x", row_key="1", row={}, replaced_at=NOON, cause="test")
    assert upkeep.overdue(env, at=NOON + timedelta(days=181)).state == "ok"
    found = upkeep.overdue(env, at=NOON + timedelta(days=183))
    assert found.state == "warn"
    assert found.render("en")["found"] == "Past its time and still there: history 1."


def test_channels(tmp_path: Path) -> None:
    """None is fine for trying out, not for production; one whose host is not listed says what to do."""
    (none,) = upkeep.channels(make_env(tmp_path), at=NOON)
    assert none.state == "ok"
    (missed,) = upkeep.channels(make_env(tmp_path, **SAFE_PRODUCTION), at=NOON)
    assert missed.state == "warn"
    webhook("https://hook.example/in")
    with translation.override("en"):
        (found,) = upkeep.channels(make_env(tmp_path), at=NOON)
        assert found.render("en") == {
            "name": "channel",
            "state": "warn",
            "found": "webhook: The host is not in OUTPOST_OUTGOING_HOSTS.",
            "mend": "Add hook.example:443 to OUTPOST_OUTGOING_HOSTS and start again.",
        }
