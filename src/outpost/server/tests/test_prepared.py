"""The note that lets a start skip the preparation: it holds for one code and one database only."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from outpost.server import prepared
from outpost.server.embedded import EmbeddedPostgres

Session = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def session(postgres: EmbeddedPostgres) -> Iterator[Session]:
    with psycopg.connect(postgres.dsn("owner")) as owner:
        owner.execute("CREATE TABLE django_migrations (app text, name text)")
        owner.execute("INSERT INTO django_migrations VALUES ('audit', '0001_initial')")
        yield owner
        owner.rollback()


@pytest.fixture
def note(tmp_path: Path, session: Session) -> prepared.Preparation:
    prepared.write_note(tmp_path, connection=session, region="440115", is_demo=False)
    found = prepared.read_note(tmp_path)
    assert found is not None
    return found


def test_what_was_noted_is_ready(note: prepared.Preparation, session: Session) -> None:
    assert prepared.is_ready(note, session)


def test_another_migration_ends_it(note: prepared.Preparation, session: Session) -> None:
    session.execute("INSERT INTO django_migrations VALUES ('audit', '0002_more')")
    assert not prepared.is_ready(note, session)


def test_an_empty_database_is_never_ready(note: prepared.Preparation, session: Session) -> None:
    session.execute("DROP TABLE django_migrations")
    assert not prepared.is_ready(note, session)


def test_another_database_is_not_ready(note: prepared.Preparation, postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn("superuser", database="postgres")) as other:
        other.execute(
            "CREATE TABLE django_migrations AS SELECT 'audit'::text AS app, '0001_initial'::text AS name"
        )
        assert not prepared.is_ready(note, other)
        other.rollback()


def test_other_code_is_not_ready(
    note: prepared.Preparation, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "code_fingerprint", lambda: "other")
    assert not prepared.is_ready(note, session)


def test_the_fingerprint_follows_migrations_and_data(tmp_path: Path) -> None:
    seen = {prepared.code_fingerprint(tmp_path)}
    for name, text in [
        ("a/migrations/0001.py", "x"),
        ("a/migrations/0001.py", "y"),
        ("a/data/towns.csv", "y"),
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        seen.add(prepared.code_fingerprint(tmp_path))
    (tmp_path / "a" / "services.py").write_text("x")
    seen.add(prepared.code_fingerprint(tmp_path))
    assert len(seen) == 4


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"code": 1}'])
def test_a_damaged_note_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "prepared.json").write_text(text)
    assert prepared.read_note(tmp_path) is None


def test_made_up_people_are_noted_before_they_come(tmp_path: Path, session: Session) -> None:
    prepared.note_demo(tmp_path, region="440115")
    begun = prepared.read_note(tmp_path)
    assert begun is not None
    assert begun.is_demo
    assert not prepared.is_ready(begun, session)
