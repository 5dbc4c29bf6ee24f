"""Every command in every broken state of an installation: one sentence that says the mend, and the mend works.

Commands are taken from the command line itself, so that a new one is met by all states; what a command asks for is
made up from its parameters.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import click
import pytest

from outpost.cli import COMMANDS, LazyGroup
from outpost.core.crypto import KeyRing
from outpost.testing.network import free_port
from tests.faults.installation import Done, Installation, an_installation

pytestmark = pytest.mark.slow

SAYS_ITSELF = {"version"}
"""Needs neither directory nor database."""
MAKES_READY = {"up", "init", "backup --verify"}
"""Mends a damaged note, or asks for none."""
RESTORES = {"restore"}
"""Says first that there is data already, or needs no newer key."""
STRANGER = 65534
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class State:
    """How an installation is broken (`breaks` ends with the mend), and what every command then says."""

    name: str
    breaks: Callable[[Installation], Iterator[dict[str, str]]]
    mend: str
    account: int | None = None
    spares: frozenset[str] = field(default_factory=frozenset)  # commands that mend it, or do not meet it


def leaves(
    group: click.Group, context: click.Context, *above: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from leaves(found, context, *above, name)
        elif found is not None:
            yield (*above, name), found


def made_up(parameter: click.Parameter, file: Path) -> str:
    """A value that the parameter takes."""
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.Path):
        return str(file if kind.exists else file.with_suffix(".new"))
    values = {"UUID": str(uuid4()), "IntRange": "1", "scope": "everything"}
    return values.get(type(kind).__name__.removesuffix("ParameterType"), values.get(str(parameter.name), "x"))


def calls(file: Path) -> dict[str, list[str]]:
    """Every command with what it needs; the drill of a backup beside the backup itself."""
    group = LazyGroup()
    found = {}
    for path, command in leaves(group, click.Context(group)):
        needed = [one for one in command.params if one.required or one.name == "file"]
        values = [
            part
            for one in needed
            if not (path == ("purge",) and one.name == "file")
            for part in ([one.opts[0]] if isinstance(one, click.Option) else []) + [made_up(one, file)]
        ]
        found[" ".join(path)] = [*path, *values]
    found["end-event"].append("--yes")
    found["up"] += ["--port", str(free_port())]
    found["backup --verify"] = ["backup", "--verify", str(file)]
    assert {name.split()[0] for name in found} == set(COMMANDS)
    return dict(sorted(found.items(), key=lambda one: one[0] == "up"))  # it ends by stopping the database


# --- the states -------------------------------------------------------------------------------------------------


@contextmanager
def without_keys(found: Installation) -> Iterator[Path]:
    """The key file is put aside, and put back in the end."""
    own, aside = found.data / "keys.json", found.data / "aside.json"
    own.rename(aside)
    yield own
    aside.replace(own)


def foreign(found: Installation) -> Iterator[dict[str, str]]:
    with without_keys(found) as path:
        KeyRing.create(path)
        yield {}


def lost(found: Installation) -> Iterator[dict[str, str]]:
    with without_keys(found):
        yield {}


def damaged(found: Installation) -> Iterator[dict[str, str]]:
    with without_keys(found) as path:
        path.touch(mode=0o600)
        path.write_text('{"format": 1, "suite": "aes"')
        yield {}


def outdated(found: Installation) -> Iterator[dict[str, str]]:
    shutil.copy2(found.data / "keys.json", found.data / "old.json")
    assert found.run("keys", "rotate").code == 0
    with without_keys(found) as path:
        shutil.copy2(found.data / "old.json", path)
        yield {}


def readable_keys(found: Installation) -> Iterator[dict[str, str]]:
    (found.data / "keys.json").chmod(0o644)
    yield {}
    (found.data / "keys.json").chmod(0o600)


def other_suite(found: Installation) -> Iterator[dict[str, str]]:
    yield {"OUTPOST_CRYPTO": "gm"}


def newer_database(found: Installation) -> Iterator[dict[str, str]]:
    found.rows(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', now()) RETURNING 1"
    )
    yield {}
    found.server.start()  # `up` has stopped it
    found.rows("DELETE FROM django_migrations WHERE name = '9999_later' RETURNING 1")


def database_away(found: Installation) -> Iterator[dict[str, str]]:
    yield {"DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/outpost"}


def damaged_note(found: Installation) -> Iterator[dict[str, str]]:
    (found.data / "prepared.json").write_text("{")
    yield {}
    assert found.run("init").code == 0


def wrong_setting(found: Installation) -> Iterator[dict[str, str]]:
    yield {"OUTPOST_TLS": "perhaps"}


def wrong_address(found: Installation) -> Iterator[dict[str, str]]:
    yield {"DATABASE_URL": "outpost_app:secret@127.0.0.1/outpost"}


def of_another(found: Installation) -> Iterator[dict[str, str]]:
    """The directory is an account's own, the caller another: root, too."""
    owner = (found.data / "database").resolve().stat().st_uid
    ours = [found.data, found.data / "keys.json", found.data / "prepared.json"]
    for path in ours:
        os.chown(path, owner, -1)
    yield {}
    for path in ours:
        os.chown(path, os.geteuid(), -1)


def read_only(found: Installation) -> Iterator[dict[str, str]]:
    """Its own account may write nothing into the directory: as with a disk that was mounted read-only."""
    owner = (found.data / "database").resolve().stat().st_uid
    ours = [found.data, *(path for path in found.data.iterdir() if path.is_file())]
    for path in ours:
        os.chown(path, owner, -1)
        path.chmod(0o555 if path == found.data else 0o400)
    yield {}
    for path in ours:
        os.chown(path, os.geteuid(), -1)
        path.chmod(0o711 if path == found.data else 0o600)


STATES = (
    State("keys of another installation", foreign, "own keys.json there, from its safe copy"),
    State("keys lost", lost, "Bring it back from its safe copy"),
    State("keys damaged", damaged, "Bring it back from its safe copy"),
    State(
        "keys of before the last rotation",
        outdated,
        "Put the newest safe copy there",
        spares=frozenset(RESTORES),
    ),
    State("keys that others can read", readable_keys, "chmod 600"),
    State("another suite", other_suite, "set OUTPOST_CRYPTO=aes"),
    State(
        "a newer version's database",
        newer_database,
        "Install the newer version again",
        spares=frozenset(RESTORES),
    ),
    State(
        "database away",
        database_away,
        "Start it, or mend DATABASE_URL",
        spares=frozenset(RESTORES | {"up"}),  # which waits for it for half a minute: server/tests
    ),
    State(
        "note of the preparation damaged",
        damaged_note,
        "outpost init",
        spares=frozenset(MAKES_READY | RESTORES),
    ),
    State("a setting is wrong", wrong_setting, "OUTPOST_TLS"),
    State("an address is wrong", wrong_address, "DATABASE_URL"),
    *([State("root in an account's installation", of_another, "Run this as")] if IS_ROOT else []),
    *(
        [State("a stranger in an account's installation", of_another, "Run this as", STRANGER)]
        if IS_ROOT
        else []
    ),
    State("a directory that cannot be written", read_only, "give it the right", spares=frozenset(RESTORES)),
)


@pytest.fixture(scope="module")
def broken() -> Iterator[Installation]:
    """An installation of these tests alone, with a backup beside it."""
    with an_installation() as found:
        assert found.run("backup", backup_of(found)).code == 0
        backup_of(found).chmod(0o644)
        yield found
        backup_of(found).unlink()


def backup_of(found: Installation) -> Path:
    """Where everybody may read it."""
    return found.data.with_suffix(".backup")


def says(done: Done) -> list[str]:
    """What it said of the fault: doctor's findings, or the lines on standard error that are no progress."""
    if "findings" in done.out:
        return [
            f"{one['found']} {one['mend']}"
            for one in json.loads(done.out)["findings"]
            if one["state"] == "fail"
        ]
    progress = ("init: ", "restore: ", "database: ")
    return [line for line in done.err.splitlines() if line.strip() and not line.startswith(progress)]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_command_says_the_mend_in_one_sentence(broken: Installation, state: State) -> None:
    wrong = []
    breaking = state.breaks(broken)
    variables = next(breaking)
    try:
        for name, arguments in calls(backup_of(broken)).items():
            if name in SAYS_ITSELF | state.spares:
                continue
            told = ["--json"] if name == "doctor" else []
            account = state.account
            if state.breaks is read_only and IS_ROOT:
                account = broken.data.stat().st_uid
            done = broken.run(*arguments, *told, "--lang", "en", account=account, **variables)
            lines = says(done)
            is_one = len(lines) == 1 or name == "doctor"
            if done.code != 1 or not is_one or state.mend not in " ".join(lines) or "Traceback" in done.err:
                wrong.append((name, done.code, done.err[-600:] or done.out[-600:]))
    finally:
        with suppress(StopIteration):
            next(breaking)
    assert wrong == []
    mended = broken.run("category", "list")
    assert mended.code == 0, mended.err
