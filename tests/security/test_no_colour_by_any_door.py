"""V4: no page, call, file or command takes a colour of somebody, or a list of people who are to have one."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
import pytest
from django import forms
from django.apps import apps
from django.urls import get_resolver

from outpost.api.v1 import api
from outpost.cli import outpost
from outpost.core.sheets.columns import Sheet
from outpost.exchange import registry
from outpost.health import passes, written_rules
from outpost.health.conditions import Colour, Condition
from outpost.health.forms.pass_rules import PassRulesForm
from outpost.health.sheets import DECLARATIONS, DISPOSITIONS, TESTS, VACCINATIONS

pytestmark = pytest.mark.promise("V4")

COLOURS = {name.casefold() for colour in Colour for name in (*colour.names, colour.zh[0])}
NAMES = ("colour", "color", "健康码", "通行码", "码色", "pass_state")


def is_colour(values: Iterable[object]) -> bool:
    return bool({str(value).casefold() for value in values} & COLOURS)


def names_colour(name: str) -> bool:
    return any(word in name.casefold() for word in NAMES)


def test_no_table_holds_a_colour() -> None:
    columns = [
        (model.__name__, field.name) for model in apps.get_models() for field in model._meta.get_fields()
    ]
    assert [one for one in columns if names_colour(one[1])] == []


def test_no_file_states_one() -> None:
    sheets: list[Sheet] = [DECLARATIONS, DISPOSITIONS, TESTS, VACCINATIONS]
    named = {kind.name for kind in registry.import_kinds()}
    assert {sheet.name for sheet in sheets} <= named
    assert not [name for name in named if names_colour(name)]
    columns = [column for sheet in sheets for column in sheet.columns]
    stated = [one.name for one in columns if any(map(names_colour, one.names()))]
    chosen = [
        one.name
        for one in columns
        if is_colour(c for choice in one.choices for c in (choice.code, choice.zh))
    ]
    assert (stated, chosen) == ([], [])


def all_forms(of: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in of.__subclasses__():
        if ".tests." not in form.__module__:  # other tests make forms of their own
            yield form
        yield from all_forms(form)


def test_no_form_offers_one_of_a_person(db: None) -> None:
    get_resolver().url_patterns  # noqa: B018 - all pages are loaded
    offers = {
        form.__name__
        for form in all_forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if names_colour(name) or is_colour(code for code, _label in getattr(field, "choices", ()))
    }
    assert offers == set()
    form = PassRulesForm(now=passes.BUILT_IN)  # the only one with colours speaks of conditions
    coloured = {
        name for name, field in form.fields.items() if is_colour(c for c, _l in getattr(field, "choices", ()))
    }
    assert coloured == {f"{condition}_colour" for condition in Condition}


def test_what_a_rule_can_ask_about_is_closed_and_no_person() -> None:
    assert {condition.value for condition in Condition} == {
        *("confirmed", "positive", "suspected", "isolation", "exposed", "symptoms", "risk_area"),
        *("no_negative", "no_declaration", "nothing"),
    }
    [first, *_others] = written_rules.written(passes.BUILT_IN.rules)
    assert set(first) == {"condition", "colour", "hours", "zh", "en"}


def test_no_call_takes_one() -> None:
    schema = api.get_openapi_schema()
    found = [where for where, text in _texts(schema) if names_colour(text) or text.casefold() in COLOURS]
    assert found == []


def _texts(node: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Names and listed values of a schema with where they stand."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{where}/{key}", str(key)
            yield from _texts(value, f"{where}/{key}")
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, where)
    elif isinstance(node, str):
        yield where, node


def test_no_command_takes_one() -> None:
    found = [
        (name, option.name)
        for name, command in _commands(outpost)
        for option in command.params
        if names_colour(option.name or "") or is_colour(getattr(option.type, "choices", ()))
    ]
    assert found == []


def _commands(group: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    if isinstance(group, click.Group):
        for one in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), one)
            if command is not None:
                yield from _commands(command, f"{name} {one}")
