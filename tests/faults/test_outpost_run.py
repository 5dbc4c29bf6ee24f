"""`deploy/outpost-run` as the guide for servers has it.

The system's part, `systemd-run`, is a stand-in that does what its manual says of the options that are used; the places
on a server lead to those of the test.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from outpost.testing.prepared import environment
from tests.faults.installation import Installation

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/outpost-run"
STAND_IN = """#!{python}
import os, sys
asked, command = [], sys.argv[1:]
while command[0].startswith("--"):
    asked.append(command.pop(0))
known = {{"--quiet", "--wait", "--pipe", "--collect", "--same-dir", "--uid=outpost",
    "--property=EnvironmentFile=/etc/outpost/outpost.env", "--property=UMask=0077"}}
assert set(asked) == known, asked
assert command.pop(0) == "/opt/outpost/.venv/bin/outpost"
os.umask(0o077)
lines = [line.strip() for line in open("{settings}") if "=" in line and not line.startswith("#")]
# a service begins with nothing but what its file gives it
os.execve("{outpost}", ["outpost", *command], dict(line.split("=", 1) for line in lines))
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def outpost_run(installation: Installation, tmp_path: Path) -> Run:
    """Runs the script, from an environment that leads elsewhere."""
    settings, programs = tmp_path / "outpost.env", tmp_path / "bin"
    settings.write_text(f"# of the service\nOUTPOST_DATA={installation.data}\n")
    programs.mkdir()
    stand_in, outpost = programs / "systemd-run", Path(sys.executable).parent / "outpost"
    stand_in.write_text(STAND_IN.format(python=sys.executable, settings=settings, outpost=outpost))
    stand_in.chmod(0o755)
    elsewhere = environment(OUTPOST_DATA=str(tmp_path / "elsewhere"))

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [shutil.which("sh") or "sh", str(SCRIPT), *map(str, arguments)]
        variables = {**elsewhere, "PATH": f"{programs}:{elsewhere.get('PATH', '')}"}
        return subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, cwd=tmp_path
        )

    return run


def test_a_command_meets_the_data_of_the_service(outpost_run: Run, tmp_path: Path) -> None:
    done = outpost_run("report", "tests", "--by", "town", "--all", "--json")
    assert (done.returncode, json.loads(done.stdout)["total"]["organizations"] > 0) == (0, True), done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_words_files_and_the_exit_code_pass_through(outpost_run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "two words.backup"
    done = outpost_run("backup", kept.name)  # beside where the operator stands
    assert done.returncode == 0, done.stderr
    assert kept.stat().st_mode & 0o077 == 0
    assert outpost_run("report", "nothing").returncode == 2
