"""What the doctor finds of the disk and the queue goes when its advice is followed. The rest, as a command:
`tests/faults/test_mends.py`."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from outpost.server import health_checks
from outpost.server.sessions import Session
from outpost.server.tests.test_jobs import add_job, retry_stalled
from outpost.testing.cast import Cast

GIB = 1024**3
ROOM = 6 * GIB


def session() -> Session:
    """That of the test, which sees what it has not committed."""
    connection.ensure_connection()
    found: Session = connection.connection
    return found


@pytest.mark.rules
def test_space_that_is_freed_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ballast = tmp_path / "ballast"

    def usage(_place: Path) -> SimpleNamespace:
        return SimpleNamespace(free=ROOM - sum(path.stat().st_size for path in tmp_path.iterdir()))

    def found() -> list[tuple[str, str]]:
        return [(one.state, one.mend) for one in health_checks._disk(tmp_path)]

    monkeypatch.setattr(shutil, "disk_usage", usage)
    for taken, told in (
        (2 * GIB, ("warn", "Free space soon.")),
        (ROOM - 1, ("fail", "Free space now: writes will be refused.")),
    ):
        with ballast.open("wb") as file:
            file.truncate(taken)  # sparse
        assert found() == [told]
        ballast.unlink()
        assert found() == [("ok", "")]


@pytest.mark.django_db
def test_a_job_that_failed_is_run_again_on_the_page_of_jobs(cast: Cast, settings: Settings) -> None:
    settings.OUTPOST_SECOND_FACTOR = "off"
    operator = Client(headers={"accept-language": "en"})
    operator.force_login(cast.users["operator"])
    job = add_job(attempts=1, heartbeat_age=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job])
    finding = health_checks._failed(session())
    assert (finding.state, finding.mend) == ("warn", "Look at the page of jobs and the log.")
    assert f'value="{job}"' in operator.get(reverse("operation:jobs")).content.decode()
    assert operator.post(reverse("operation:retry"), {"id": job}).status_code == 302
    assert health_checks._failed(session()).state == "ok"


@pytest.mark.django_db
def test_a_job_that_was_cut_off_is_run_again_by_the_worker() -> None:
    add_job(attempts=0, heartbeat_age=None)
    finding = health_checks._stalled(session())
    assert (finding.state, finding.mend) == ("warn", "The worker runs them again within two minutes.")
    assert retry_stalled() == 1
    assert health_checks._stalled(session()).state == "ok"
