"""What the doctor says of purging."""

from datetime import timedelta

import pytest
from django.utils import translation

from outpost.audit.health_checks import purges
from outpost.audit.models import Purge, RowVersion
from outpost.core.findings import Finding
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db


def found(days: int) -> dict[str, Finding]:
    return {finding.name: finding for finding in purges(NOON + timedelta(days=days))}


def test_what_the_purge_has_left_is_named() -> None:
    RowVersion.objects.create(table="x", row_key="1", row={}, replaced_at=NOON, cause="test")
    assert found(181)["purge"].state == "ok"
    late = found(183)["purge"]
    assert late.state == "warn"
    with translation.override("en"):
        assert late.render()["found"] == "Past its time and still there: history 1."


def test_removed_rows_that_lie_on_the_disk_are_told_until_they_are_erased() -> None:
    """Counted from the first purge after the last erasing; what has not ended is not counted."""
    purged(0, erased=True)
    assert "history 180" in dict(found(90)["retention"].fields)["periods"]  # type: ignore[operator]
    purged(1)
    purged(20)
    Purge.objects.create(kind="end_event", actor_label="test", started_at=NOON, first_kept={})
    assert found(32)["retention"].state == "ok"
    late = found(33)["retention"]
    assert (late.state, dict(late.fields)) == ("warn", {"day": f"{NOON + timedelta(days=1):%Y-%m-%d}"})
    purged(33, erased=True)
    assert found(90)["retention"].state == "ok"


def purged(day: int, *, erased: bool = False) -> None:
    at = NOON + timedelta(days=day)
    Purge.objects.create(
        kind="purge",
        actor_label="test",
        started_at=at,
        finished_at=at,
        erased_at=at if erased else None,
        first_kept={},
    )
