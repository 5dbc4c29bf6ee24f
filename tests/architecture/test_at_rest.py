"""What a process does not hold before somebody asks for it: `banned-module-level-imports` in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from outpost.testing.prepared import environment
from tests.architecture.test_house import large

SERVING = """
from outpost.server.django import set_up
set_up()
import outpost.commands.lane, outpost.server.front, outpost.server.jobs, outpost.server.worker
from django.urls import get_resolver
get_resolver().url_patterns
"""
SUPERVISING = "import outpost.cli, outpost.commands.up"


def loaded(start: str, data: Path) -> set[str]:
    """The modules of a fresh process after these lines."""
    command = [sys.executable, "-c", f"{start}\nimport sys\nprint(*sys.modules)"]
    settings = environment(OUTPOST_DATA=str(data))
    return set(
        subprocess.run(command, env=settings, check=True, capture_output=True, text=True).stdout.split()
    )


def test_pages_lane_and_worker_hold_no_library_that_few_calls_need(tmp_path: Path) -> None:
    """Each of the three holds the whole product: what stands here is held three times."""
    held = loaded(SERVING, tmp_path)
    assert {
        "outpost.access.services.passkeys",
        "outpost.core.sheets.writing",
        "outpost.venues.posters",
    } <= held
    assert len(large()) > 5
    assert held & large() == set()


def test_the_supervisor_holds_neither_them_nor_django(tmp_path: Path) -> None:
    held = loaded(SUPERVISING, tmp_path)
    assert "outpost.server.up" in held
    assert held & {"django", *large()} == set()
