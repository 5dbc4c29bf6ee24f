"""Extra fields as columns, and spells of absence that make room: no database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.sheets.columns import ColumnKind
from outpost.core.spells import Spell, cleared
from outpost.fields import errors
from outpost.fields.specs import FieldKind, FieldSpec, stored
from outpost.sentinel.columns import Audience, table_of
from outpost.sentinel.duty import DutyState
from outpost.sentinel.services.categories import parse_rule
from outpost.sentinel.services.templates import DEPARTMENTS, TEMPLATES

pytestmark = pytest.mark.rules

FIRST = date(2022, 6, 1)
days = st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n))
ends = st.none() | days


def test_a_field_becomes_a_column() -> None:
    spec = FieldSpec("shift", "班次", FieldKind.CHOICE, "Shift", ("白班", "夜班"), is_required=True)
    column = spec.column()
    assert (column.name, column.zh, column.required, column.kind) == (
        "shift",
        "班次",
        True,
        ColumnKind.CHOICE,
    )
    assert {"shift", "班次"} <= column.names()
    assert spec.label("zh-hans") == "班次"
    assert spec.label("en") == "Shift"
    assert FieldSpec("x", "仓位", FieldKind.TEXT).label("en") == "仓位"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("夜班", "夜班"),
        (date(2022, 6, 1), "2022-06-01"),
        (Decimal(12), 12),
        (Decimal("12.50"), 12.5),
        (Decimal("-0.125"), -0.125),
    ],
)
def test_values_are_kept_as_json(value: str | date | Decimal, kept: object) -> None:
    assert stored(value) == kept


def test_a_number_that_json_would_round_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        stored(Decimal(1234567890123456))
    assert refused.value.problem is errors.FIELD_NUMBER_LONG


def test_every_template_makes_two_tables() -> None:
    codes = [template.entry.code for template in TEMPLATES]
    assert len(codes) == len(set(codes)) == 12
    for template in TEMPLATES:
        assert template.entry.department in DEPARTMENTS
        assert parse_rule(template.entry.rule) is not None
        for audience, columns in ((Audience.ORGANIZATION, 7), (Audience.STAFF, 10)):
            specs = template.fields[audience]
            assert len(table_of(audience, specs).columns) == columns + len(specs)
            assert tuple(spec.checked() for spec in specs) == specs
    assert {template.entry.department for template in TEMPLATES} == set(DEPARTMENTS)


@given(
    before=st.lists(st.tuples(days, ends, st.sampled_from(list(DutyState)[1:])), max_size=4),
    start=days,
    end=ends,
)
def test_no_spell_covers_a_cleared_day(
    before: list[tuple[date, date | None, DutyState]], start: date, end: date | None
) -> None:
    spells = [Spell(new_id(), state, first, last) for first, last, state in before]
    changed = {spell.id: spell for spell in cleared(spells, start, end)}
    after = [changed.get(spell.id, spell) for spell in spells]
    for spell, now in zip(spells, after, strict=True):
        assert now.ends_on is None or now.ends_on >= now.starts_on or not _is_ordered(spell)
    for n in range(30):
        day = FIRST + timedelta(days=n)
        if start <= day and (end is None or day < end):
            assert _state_on(day, after) is DutyState.ON_DUTY
        elif day < start:
            assert _state_on(day, after) is _state_on(day, spells)


def _state_on(day: date, spells: list[Spell[DutyState]]) -> DutyState:
    return next((spell.state for spell in spells if spell.covers(day)), DutyState.ON_DUTY)


def _is_ordered(spell: Spell[DutyState]) -> bool:
    return spell.ends_on is None or spell.ends_on >= spell.starts_on
