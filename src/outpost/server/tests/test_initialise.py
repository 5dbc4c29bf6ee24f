"""The first run of `outpost init` makes the key file that it has begun without."""

from pathlib import Path

import pytest
from django.core import signing
from django.db import connection
from pytest_django.fixtures import Settings

from outpost.config import env
from outpost.core import keyfile
from outpost.core.actor import Actor
from outpost.server import initialise
from outpost.testing.cast import NOON


@pytest.mark.django_db
def test_what_the_first_run_signs_the_next_one_reads(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages of the demo's nine o'clock led to addresses that nobody had signed."""
    monkeypatch.setattr(connection.introspection, "table_names", list)
    settings.SECRET_KEY = "of a process that found no key file"
    path = tmp_path / "keys.json"
    of_new = env.load().model_copy(update={"data": tmp_path})
    initialise.keys(initialise.Setup(of_new, "440115", Actor.system("test"), NOON))
    token = signing.dumps("meant")
    settings.SECRET_KEY = keyfile.read(path).django
    assert signing.loads(token) == "meant"
