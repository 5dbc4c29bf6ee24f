"""Tables that go wrong, through every door and in both languages."""

import pytest
from django.db import transaction

from tests.tables import cases_cells, cases_files, cases_old, cases_samples, cases_stated, cases_values
from tests.tables.cases import Case, Step
from tests.tables.doors import DOORS, LANGUAGES, Doors, Said

CASES = (
    *cases_stated.CASES,
    *cases_samples.CASES,
    *cases_cells.CASES,
    *cases_values.CASES,
    *cases_files.CASES,
    *cases_old.CASES,
)


@pytest.mark.promise("R12")
@pytest.mark.promise("R13")
@pytest.mark.promise("R15")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_door_says_what_is_right(case: Case, door: str, doors: Doors) -> None:
    if door == "api" and not all(step.has_call for step in case.steps):
        return  # what only a file can hold
    for language in LANGUAGES:
        with transaction.atomic():
            for place, step in enumerate(case.steps):
                said = doors.through(door, step.kind, step.bytes(language), step.rows, language)
                _compare(step, said, language, f"{case.name}, step {place}, {door}, {language}")
            assert case.stands() == case.right, f"{case.name}, {door}, {language}"
            transaction.set_rollback(True)


def _compare(step: Step, said: Said, language: str, where: str) -> None:
    assert said.refused == step.refused, where
    assert said.counts == step.counts, where
    assert dict(said.warnings) == dict(step.warns), where
    for code in (*step.tells, *step.warns):
        assert said.tells(code, language), (where, code, said)
    if step.lines is not None:
        assert said.lines in (None, step.lines), where
