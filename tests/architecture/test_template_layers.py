"""Templates have layers as modules have, lines that can be read, and one way to write a time."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

import outpost

PACKAGE = Path(outpost.__file__).parent
USES = re.compile(r"""{%\s*(?:extends|include)\s+["']([^"']+)["']""")
LOADS = re.compile(r"{%\s*load\s+([^%]+?)\s*%}")
LONGEST_LINE = 120  # as in Python
BARE_DATE = re.compile(r"\|\s*(?:date|time)\b(?!_)")
OF_DJANGO = {"i18n", "static", "l10n", "tz", "cache"}


def _heights() -> Mapping[str, int]:
    """How high each module stands, from the layers that its imports keep."""
    config = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    return MappingProxyType(
        {
            module.strip().removeprefix("outpost."): height
            for height, layer in enumerate(reversed(layers))
            for module in layer.split("|")
        }
    )


HEIGHTS = _heights()
TEMPLATES = sorted(path for path in PACKAGE.glob("*/templates/**/*.html"))
OWNERS = {
    path.relative_to(PACKAGE / path.relative_to(PACKAGE).parts[0] / "templates").as_posix(): path.relative_to(
        PACKAGE
    ).parts[0]
    for path in TEMPLATES
}
LIBRARIES = {path.stem: path.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("*/templatetags/*.py")}


def above(module: str, text: str) -> list[str]:
    """What a template of that module uses although it stands above, beside, or nowhere."""
    named = [(name, OWNERS.get(name)) for name in USES.findall(text)]
    loaded = [name for names in LOADS.findall(text) for name in names.partition(" from ")[0].split()]
    named += [(name, LIBRARIES.get(name)) for name in loaded if name not in OF_DJANGO]
    return [
        name
        for name, owner in named
        if owner is None or (owner != module and HEIGHTS[owner] >= HEIGHTS[module])
    ]


@pytest.mark.rules
def test_a_template_uses_only_its_own_module_and_those_below() -> None:
    assert len(TEMPLATES) > 80
    wrong = {
        str(path.relative_to(PACKAGE)): found
        for path in TEMPLATES
        if (found := above(path.relative_to(PACKAGE).parts[0], path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


@pytest.mark.rules
def test_a_step_up_would_be_noticed() -> None:
    assert above("access", '{% extends "base.html" %}{% load i18n pages %}') == []
    assert above("access", '{% include "sentinel/_reveal.html" %}') == ["sentinel/_reveal.html"]
    assert above("pages", "{% load sentinel %}") == ["sentinel"]
    assert above("sentinel", '{% include "nowhere.html" %}') == ["nowhere.html"]


@pytest.mark.rules
def test_the_lines_of_templates_can_be_read() -> None:
    long = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sorted(PACKAGE.rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


@pytest.mark.rules
def test_a_time_is_written_in_the_form_of_its_place() -> None:
    bare = [
        str(path.relative_to(PACKAGE))
        for path in TEMPLATES
        if BARE_DATE.search(path.read_text(encoding="utf-8"))
    ]
    assert bare == [], "the filters plan_day, table_day, instant … say how a time is written"
