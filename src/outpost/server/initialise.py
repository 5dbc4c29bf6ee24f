"""Makes an installation ready: keys, migrations, rights, what every district starts with.

A list of steps, each safe to run again: `outpost init` and every first `outpost up` of a version run them all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string
from psycopg.conninfo import conninfo_to_dict

from outpost.access import services as access
from outpost.config.env import Env
from outpost.config.modules import MODULES
from outpost.core import crypto, keyfile
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing
from outpost.core.modules import Module
from outpost.people.keys import note_keys, require_ours
from outpost.people.surnames import hash_surnames
from outpost.server.faults import ServerError
from outpost.server.provision import APPLICATION, LANE, grant_application_role, grant_lane_role
from outpost.server.start_guards import KEYS_MISSING
from outpost.server.versions import require_not_newer

_LOCK = 7_031_518_845_112  # any number of our own: two preparations of one database never run at once


@dataclass(frozen=True, slots=True)
class Setup:
    """What the steps need to know; `at` is the time of the command."""

    env: Env
    region: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class InitStep:
    """One step: its name for the progress, and a function that gives what is worth telling."""

    name: str
    run: Callable[[Setup], Mapping[str, object]]


def keys(setup: Setup) -> Mapping[str, object]:
    """Make the key file, but never a second one for a database that already holds sealed data."""
    path = setup.env.key_file
    if path.exists():
        require_ours(crypto.load_for(path, setup.env.crypto))
        return {}
    if "django_migrations" in connection.introspection.table_names():
        raise ServerError(KEYS_MISSING, path=path)
    KeyRing.create(path, setup.env.crypto)
    settings.SECRET_KEY = keyfile.read(path).django  # what this run signs, the next one reads
    return {"keys": str(path)}


def migrations(setup: Setup) -> Mapping[str, object]:  # noqa: ARG001 - every step has this shape
    """Bring the tables up to this version."""
    call_command("migrate", verbosity=0, interactive=False)
    return {}


def key_checks(setup: Setup) -> Mapping[str, object]:
    """Note the keys that this database is sealed with. Raises KeyFileError when the file is another's."""
    note_keys(crypto.ring(), at=setup.at)
    return {}


def surnames(setup: Setup) -> Mapping[str, object]:  # noqa: ARG001 - every step has this shape
    """Hash the surnames of people who were entered before one could search by them."""
    return {"hashed_surnames": hashed} if (hashed := hash_surnames()) else {}


def rights(setup: Setup) -> Mapping[str, object]:
    """Give the roles of application and lane their rights, where they are not the owner itself."""
    application, lane = APPLICATION, LANE
    if setup.env.database_url:
        application, lane = map(_role_of, (setup.env.database_url, setup.env.database_lane_url))
    connection.ensure_connection()
    owner = connection.settings_dict["USER"]
    if application not in ("", owner):
        grant_application_role(connection.connection, role=application)
    if lane not in ("", owner, application):
        grant_lane_role(connection.connection, role=lane)
    return {}


def _role_of(address: str) -> str:
    return str(conninfo_to_dict(address).get("user", ""))


def data_of(module: Module) -> Iterator[InitStep]:
    """What every district starts with, as the module says."""
    for name, path in module.initial.items():
        yield InitStep(name, partial(_load, import_string(path)))


def _load(load: Callable[..., Mapping[str, object]], setup: Setup) -> Mapping[str, object]:
    return load(region=setup.region, actor=setup.actor, at=setup.at)


def administrator(setup: Setup) -> Mapping[str, object]:
    """Make the first account, which manages all others; its initial password is told this once."""
    made = access.first_administrator(at=setup.at)
    return {} if made is None else {"user_name": made[0], "initial_password": made[1]}


steps: tuple[InitStep, ...] = (
    InitStep("keys", keys),
    InitStep("migrations", migrations),
    InitStep("key checks", key_checks),
    InitStep("surnames", surnames),
    InitStep("rights", rights),
    *(step for module in MODULES for step in data_of(module)),
    InitStep("administrator", administrator),
)


def initialise(setup: Setup, *, progress: Callable[[str], None]) -> dict[str, object]:
    """Run all steps in their order; returns what they had to tell. Raises ServerError or Refusal."""
    told: dict[str, object] = {}
    connection.ensure_connection()
    require_not_newer(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    for step in steps:
        progress(step.name)
        told |= step.run(setup)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return told
