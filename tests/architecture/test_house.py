"""The house keeps its own rules: small files and functions, layers that hold, named writes, no broad excepts."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template import engines
from importlinter.api import read_configuration
from importlinter.cli import EXIT_STATUS_ERROR, EXIT_STATUS_SUCCESS

import outpost
from outpost.config.modules import MODULES

PACKAGE = Path(outpost.__file__).parent
HOUSE = PACKAGE.parents[1]
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
NAMED = {"update_fields", "force_insert"}
PICTURES = "core/papers/pictures.py:"


def ours() -> list[Path]:
    """The product's own Python files: no tests, no migrations."""
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if not {"tests", "migrations", "testing", "static_collected"} & set(path.relative_to(PACKAGE).parts)
    )


FILES = [(path, path.read_text(encoding="utf-8")) for path in ours()]


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """Each file with its tree: when a test asks, for each worker reads this file."""
    return [(path, ast.parse(text)) for path, text in FILES]


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path, tree in trees():
        name = str(path.relative_to(PACKAGE))
        for node in ast.walk(tree):
            yield f"{name}:{getattr(node, 'lineno', 0)}", node


@pytest.mark.rules
def test_files_are_short() -> None:
    assert len(FILES) > 100
    long = {str(path.relative_to(PACKAGE)): len(text.splitlines()) for path, text in FILES}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


@pytest.mark.rules
def test_functions_are_short() -> None:
    long = [
        (where, node.name)
        for where, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.rules
def test_a_name_stands_for_one_thing() -> None:
    """Of a file: the later one of two problems took the words of the first."""
    twice = []
    for path, tree in trees():
        names = Counter(name for node in tree.body for name in _named(node))
        twice += [(path.name, name) for name, times in names.items() if times > 1]
    assert twice == []


def _named(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


@pytest.mark.rules
def test_writes_name_their_fields() -> None:
    """`row.save()` would write columns that somebody else changed meanwhile. Sessions are the framework's, and pictures
    are no rows."""
    bare = [
        where
        for where, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("save", "asave")
        and not (isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "session")
        and not where.startswith(PICTURES)
        and not NAMED & {keyword.arg for keyword in node.keywords}
    ]
    assert bare == []


@pytest.mark.rules
def test_no_except_is_broad() -> None:
    broad = [
        where
        for where, node in nodes()
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert broad == []


@pytest.mark.rules
def test_imports_stand_at_the_top() -> None:
    """But those of what is large and few calls need: ruff keeps it out of the top, as test_at_rest.py wants."""
    inner = [
        (where, node.name)
        for where, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for one in ast.walk(node)
        if isinstance(one, ast.Import | ast.ImportFrom)
        if not all(_is_large(name) for name in _imported(one))
    ]
    assert inner == []


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]


def _is_large(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in large())


@cache
def large() -> frozenset[str]:
    """The modules that are imported in functions alone."""
    lint = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    return frozenset(lint["flake8-tidy-imports"]["banned-module-level-imports"])


@pytest.mark.rules
def test_nothing_is_left_to_do() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = [str(path.relative_to(PACKAGE)) for path, text in FILES for word in words if word in text]
    assert left == []
    assert [path.name for path in ours() if path.name in ("utils.py", "helpers.py", "signals.py")] == []


@pytest.mark.rules
def test_rules_know_no_framework() -> None:
    """They may render messages in the reader's language through their errors, and nothing else of Django."""
    for path, tree in trees():
        if path.name != "rules.py":
            continue
        names = {
            alias.name if isinstance(node, ast.Import) else str(node.module)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not {name for name in names if name.split(".")[0] in ("django", "psycopg", "procrastinate")}, (
            path
        )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package's imports alone, to plant a wrong one in."""
    for path, tree in trees():
        lines = [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        ]
        target = tmp_path / "outpost" / path.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines), encoding="utf-8")
    for folder in ("testing", "people/tests"):  # the contracts speak of them
        (tmp_path / "outpost" / folder).mkdir()
        (tmp_path / "outpost" / folder / "__init__.py").touch()
        (tmp_path / "outpost" / folder / "one.py").write_text("from outpost.people import queries\n")
    (tmp_path / "pyproject.toml").write_text((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    return tmp_path


def linted(folder: Path) -> tuple[int, str]:
    """How the layers of the package in a folder stand."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def test_a_wrong_import_is_found(copy: Path) -> None:
    assert {"layers", "inside", "pure"} <= {
        one["id"] for one in read_configuration(str(HOUSE / "pyproject.toml"))["contracts_options"]
    }
    status, said = linted(copy)
    assert status == EXIT_STATUS_SUCCESS, said
    (copy / "outpost" / "people" / "queries.py").write_text("from outpost.sentinel.queries import staff\n")
    status, said = linted(copy)
    assert status == EXIT_STATUS_ERROR
    assert "outpost.people is not allowed to import outpost.sentinel" in said


def test_models_and_migrations_agree(db: None) -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes detected" in said.getvalue()


@pytest.mark.rules
def test_every_template_compiles() -> None:
    templates = sorted(PACKAGE.glob("*/templates/**/*.html"))
    assert len(templates) > 30
    engine = engines["django"]
    for path in templates:
        text = path.read_text(encoding="utf-8")
        engine.from_string(text)
        assert "|safe" not in text, path
        assert "autoescape off" not in text, path


@pytest.mark.rules
def test_rights_are_named_by_their_constants() -> None:
    """A misspelt text would be a right that nobody has, or a check that never holds. Manifests name seals likewise."""
    rights = {action for module in MODULES for action in module.actions}
    bare = [
        (where, node.value)
        for where, node in nodes()
        if isinstance(node, ast.Constant)
        and node.value in rights
        and not where.partition(":")[0].endswith(("/actions.py", "/module.py"))
    ]
    assert bare == []
