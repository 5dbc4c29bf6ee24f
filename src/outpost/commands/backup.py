"""`outpost backup` and `outpost restore`: one sealed file, its drill, its restoration."""

from pathlib import Path

import click

from outpost.commands.base import Call, command
from outpost.commands.database import OPERATOR, require_ready
from outpost.config import env
from outpost.core import clock
from outpost.demo import sign_ins
from outpost.server import backup as backups
from outpost.server import copy_restore, prepared
from outpost.server.addresses import database_address
from outpost.server.backup import Content
from outpost.server.django import use_database
from outpost.server.faults import ServerError, translate
from outpost.server.faults import gettext_noop as _

NEW_FILE = click.Path(path_type=Path, dir_okay=False)
COPY_DIRECTORY = click.Path(path_type=Path, exists=True, file_okay=False)
BACKUP_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("file", type=NEW_FILE)
@click.option(
    "--verify", "is_drill", is_flag=True, help="Restore FILE into a throw-away database and compare."
)
@command
def backup(call: Call, *, file: Path, is_drill: bool) -> None:
    """Write everything into one sealed FILE, without the key file. Pages go on meanwhile."""
    if is_drill:
        _drill(call, file)
    else:
        _make(call, file)


@click.command()
@click.argument("file", type=BACKUP_FILE, required=False)
@click.option(
    "--copy", "copy", type=COPY_DIRECTORY, help="Take over the second copy in this directory instead."
)
@command
def restore(call: Call, *, file: Path | None, copy: Path | None) -> None:
    """Take a backup over into an empty installation, in whose data directory the key file lies already."""
    if (file is None) == (copy is None):
        raise click.UsageError("Give either FILE or --copy DIRECTORY.")
    if file is not None:
        _restore_file(call, file)
    elif copy is not None:
        _restore_copy(call, copy)


def _restore_file(call: Call, file: Path) -> None:
    content = backups.restore(
        file, env=env.load(), data=call.data, actor=OPERATOR, at=clock.now(), progress=call.progress
    )
    if content.is_demo:
        sign_ins.note_sign_ins(call.data, [])
    text = _("Restored what was backed up at {made_at}: {tables} tables, {rows} rows, the audit is whole.")
    _answer(call, content, text)


def _restore_copy(call: Call, directory: Path) -> None:
    restored = copy_restore.restore_copy(
        directory, env=env.load(), data=call.data, actor=OPERATOR, at=clock.now(), progress=call.progress
    )
    if restored.facts.is_demo:
        sign_ins.note_sign_ins(call.data, [])
    figures = {"copy": restored.copy.path.name, "until": restored.until.astimezone(clock.zone()).isoformat()}
    text = _("Restored the copy {copy}: it goes up to {until}, the audit is whole.")
    call.answer(figures, translate(text, call.language, **figures))


def _make(call: Call, file: Path) -> None:
    with database_address(env.load(), call.data, role="owner") as address:
        note = require_ready(prepared.read_note(call.data), address)
        use_database(address)
        made = backups.make_backup(file, address=address, note=note, actor=OPERATOR, at=clock.now())
    text = _(
        "{path}: {tables} tables, {rows} rows, {size} bytes, SHA-256 {sha256}. Keep keys.json apart from it."
    )
    _answer(call, made.content, text, path=made.path, size=made.size, sha256=made.sha256)


def _drill(call: Call, file: Path) -> None:
    if not file.is_file():
        raise ServerError(
            _("There is no backup yet ({path}). Make one first: outpost backup FILE"), path=file
        )
    content = backups.drill(file, env=env.load(), data=call.data, progress=call.progress)
    note = prepared.read_note(call.data)
    if note is not None:
        with database_address(env.load(), call.data, role="application") as address:
            require_ready(note, address)
            use_database(address)
            backups.record_drill(content, actor=OPERATOR, at=clock.now())
    text = _("The backup of {made_at} is whole and can be restored: {tables} tables, {rows} rows.")
    _answer(call, content, text)


def _answer(call: Call, content: Content, text: str, **more: object) -> None:
    figures = {"made_at": content.made_at, "tables": len(content.tables), "rows": content.rows, **more}
    document = {**figures, "version": content.version, "counts": {n: s[0] for n, s in content.tables.items()}}
    call.answer(document, translate(text, call.language, **figures))
