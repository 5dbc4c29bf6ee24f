"""The operator's virus scanner: a command that gets the path of a file and ends as ClamAV's programs do.

0: clean. 1: something was found. Anything else, and no answer in time: nobody knows, so the file is not taken.
"""

import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from outpost.core.errors import Refusal
from outpost.core.papers import errors

CLEAN, FOUND = 0, 1
PATIENCE = 60.0  # seconds

_log = logging.getLogger(__name__)


def scan(path: Path, command: Sequence[str], *, patience: float = PATIENCE) -> None:
    """Let the command look at a file; without a command nothing is asked. Raises Refusal INFECTED, NOT_SCANNED."""
    if not command:
        return
    status = _status([*command, str(path)], patience)
    if status == FOUND:
        raise Refusal(errors.INFECTED)
    if status != CLEAN:
        raise Refusal(errors.NOT_SCANNED)


def _status(command: Sequence[str], patience: float) -> int | None:
    """How it ended; None when it did not start or did not end. It is given the path alone and nothing to read."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=patience, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.error("the virus scanner %s gave no answer: %s", command[0], type(error).__name__)
        return None
    if done.returncode not in (CLEAN, FOUND):
        _log.error("the virus scanner %s ended with %s", command[0], done.returncode)
    return done.returncode
