"""What we are built from is pinned and listed, our own code runs nothing that came as text, no secret is kept (W3)."""

import ast
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.test_house import HOUSE, nodes, trees

pytestmark = [pytest.mark.rules, pytest.mark.promise("W3")]

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill"}
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[0-9A-Za-z-]{20}"
    rb"|eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\."
)


@pytest.mark.parametrize("name", ["main", "dev", "bench"])
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    text = (HOUSE / "requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", "--"))]
    assert len(lines) > 5
    assert [line for line in lines if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


@pytest.mark.parametrize("name", ["package-lock.json", "field/package-lock.json"])
def test_every_page_package_is_pinned_with_its_hash(name: str) -> None:
    packages = json.loads((HOUSE / name).read_text("utf-8"))["packages"]
    theirs = {path: one for path, one in packages.items() if path}
    assert theirs
    assert [path for path, one in theirs.items() if not one.get("integrity", "").startswith("sha512-")] == []


def test_the_bill_of_materials_is_what_the_lock_files_say() -> None:
    subprocess.run([sys.executable, HOUSE / "tools" / "sbom.py", "check"], check=True)


def test_what_runs_imports_nothing_that_only_the_tests_bring() -> None:
    """A server installs requirements/main.txt: what is not in there would be missing at the first call."""
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (HOUSE / "requirements" / "main.txt").read_text("utf-8"), re.MULTILINE)
    )
    imported = {
        name.partition(".")[0]
        for _where, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
    }
    brought = packages_distributions()
    assert {"django", "reportlab"} <= imported
    assert [
        module
        for module in sorted(imported - sys.stdlib_module_names - {"outpost"})
        if not locked & {name.lower().replace("_", "-") for name in brought.get(module, [])}
    ] == []


def test_nothing_that_came_as_text_is_run() -> None:
    assert len(trees()) > 100
    calls = [
        (where, node.func.id)
        for where, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    imports = [
        (where, alias.name)
        for where, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if {alias.name, getattr(node, "module", "") or ""} & FORBIDDEN_MODULES
    ]
    shells = [
        where
        for where, node in nodes()
        if isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False"
    ]
    assert (calls, imports, shells) == ([], [], [])


SKIPPED = {".git", ".venv", "node_modules", "static_collected", "vendor", "__pycache__", "var"}


def test_no_secret_in_the_tree() -> None:
    own = Path(__file__).resolve()
    looked_at = 0
    for folder, folders, names in os.walk(HOUSE):
        folders[:] = [one for one in folders if one not in SKIPPED]
        for path in (Path(folder, name) for name in names):
            looked_at += 1
            with suppress(FileNotFoundError):  # a note of mypy, which works beside the tests and renames it
                assert path == own or not SECRETS.search(path.read_bytes()), path
    assert looked_at > 500


@pytest.mark.nightly
def test_no_secret_in_the_history() -> None:
    command = ["git", "log", "-p", "--no-color", "--unified=0", "--", ".", ":!tests/architecture"]
    patches = subprocess.run(command, cwd=HOUSE, check=True, capture_output=True).stdout
    assert len(patches) > 1_000_000
    assert SECRETS.findall(patches) == []
