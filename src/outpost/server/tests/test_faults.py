"""What the machine refuses is said with what to do about it."""

import errno
import os

import pytest

from outpost.server.faults import of_machine

pytestmark = pytest.mark.rules


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.EROFS, "Mount it writable"),
        (errno.ENOSPC, "Free space there"),
        (errno.EDQUOT, "Free space there"),
        (errno.EACCES, "Run as the account that owns it"),
        (errno.EPERM, "Run as the account that owns it"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_each_names_the_place(number: int, mend: str, language: str) -> None:
    said = of_machine(OSError(number, os.strerror(number), "/srv/outpost/up.lock")).message(language)
    assert "/srv/outpost/up.lock" in said
    assert "\n" not in said
    assert language != "en" or mend in said
