"""Where the page of a list by organisation lies, told by how many people each organisation has in it.

One pass then serves both the count of the list and its page, which is read from the few organisations that hold it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Holding:
    """The `enrolments` that hold a page, how many people of the list stand `before` theirs, and how many there are."""

    enrolments: list[UUID]
    before: int
    total: int


def holding(counted: Iterable[tuple[str, UUID, int]], limit: int, offset: int) -> Holding:
    """`counted`: the names in the order of the list, each with an enrolment and its number of people. Those of one name
    are held together: their people stand mixed."""
    enrolments: list[UUID] = []
    before = total = 0
    for _name, same in groupby(counted, itemgetter(0)):
        those = list(same)
        upto = total + sum(number for _, _, number in those)
        if total < offset + limit and offset < upto:
            before = before if enrolments else total
            enrolments += [enrolment for _, enrolment, _ in those]
        total = upto
    return Holding(enrolments, before, total)
