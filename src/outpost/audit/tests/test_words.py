"""Every action that the code records has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from outpost.audit.words import ACTIONS, words

SOURCE = Path(__file__).parents[2]
# Recorded with a name made elsewhere in the module; `(module, the beginning)` stands for each ending.
MADE = {"desks.entry_", "health.", "health.pass_rules_", "notifications.channel_", "sites.arrivals_"}


def recorded() -> Iterator[str]:
    """The codes that stand in the first argument of a call of `record`, `_record` or `_touch`."""
    for path in SOURCE.rglob("*.py"):
        if "tests" not in path.parts:
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and _called(call).endswith(("record", "_touch")):
                    yield from (code for argument in call.args[:2] for code in _codes(argument))


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _codes(argument: ast.expr) -> Iterator[str]:
    for part in ast.walk(argument):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
            yield part.value


@pytest.mark.rules
def test_every_action_that_is_recorded_has_words() -> None:
    found = set(recorded())
    assert len(found) > 50
    assert {code for code in found if code not in ACTIONS} <= MADE
    assert all(any(code.startswith(made) for code in ACTIONS) for made in MADE)


def test_an_action_of_an_older_version_shows_its_code() -> None:
    assert words("sentinel.gone") == "sentinel.gone"
