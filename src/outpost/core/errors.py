"""The one expected error. Every module keeps its catalogue of problems in its `errors.py`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of a catalogue: a stable code, the HTTP status family and a message with named fields."""

    code: str
    status: int
    message: str | Promise

    def __post_init__(self) -> None:
        _catalogue[self.code] = self

    def render(self, **fields: Any) -> str:
        """The message in the reader's language, its `{named}` fields filled in."""
        return str(self.message).format(**fields)


_catalogue: dict[str, Problem] = {}


def find_problem(code: str) -> Problem | None:
    """The problem of a code that was stored, to render it in the language of who reads it later."""
    return _catalogue.get(code)


def problem_of(code: str) -> Problem:
    """The same, whatever version has stored the code: one that is no longer known speaks for itself."""
    return find_problem(code) or Problem(code, 422, code)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was stated; `column` names the field, "" where it is about the whole."""

    column: str
    problem: Problem
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.problem.render(**self.fields)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An expected "no": what was found, where, and what to do next. Doors turn it into their own form."""

    def __init__(self, problem: Problem, **fields: Any) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.fields = fields

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def message(self) -> str:
        return self.problem.render(**self.fields)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, each at its field; a plain refusal is one, at the field that its `column` names."""
        return (Fault(str(self.fields.get("column", "")), self.problem, self.fields),)


class Faults(Refusal):
    """Several things wrong with one statement, said at once. Whoever shows only one shows the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(first.problem, **{**first.fields, "column": first.column})
        self._faults = tuple(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self._faults


FORBIDDEN = Problem(
    "core.forbidden",
    403,
    _("Your role may not do this ({action}). Ask the security administrator for the right if you need it."),
)
DAY_OUT_OF_RANGE = Problem(
    "core.day_out_of_range",
    422,
    _("{found} is no day that can be asked for. Give one from {first} to {last}."),
)
NOT_FOUND = Problem(
    "core.not_found", 404, _("There is no such record, or it lies outside your scope. Go back to the list.")
)


def or_not_found(found: Thing | None) -> Thing:
    """What was looked for. Raises Refusal NOT_FOUND where there is none: mostly `or_not_found(rows.first())`."""
    if found is None:
        raise Refusal(NOT_FOUND)
    return found


@contextmanager
def as_not_found() -> Iterator[None]:
    """Inside, what an address says is read: a text that is no value of its kind (ValueError) is a Refusal NOT_FOUND."""
    try:
        yield
    except ValueError:
        raise Refusal(NOT_FOUND) from None
