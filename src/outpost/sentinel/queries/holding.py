"""Where the page of a list by organisation lies, told by how many people each organisation has in it.

One pass then serves both the count of the list and its page, which is read from the few organisations that hold it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

# Those of one name are held together: their people stand mixed.
_HOLDING = """WITH counted AS ({counted}),
  named AS (SELECT kind, name, array_agg(enrolment_id) AS enrolments, sum(number)::int AS number FROM counted
    WHERE kind = ANY('{{{kinds}}}') GROUP BY kind, name),
  placed AS (SELECT kind, enrolments, number, sum(number) OVER (PARTITION BY kind ORDER BY name {way}) AS upto
    FROM named)
  SELECT t.kind, t.total, p.enrolments, p.upto - p.number
    FROM (SELECT kind, sum(number)::int AS total FROM counted GROUP BY kind) t
    LEFT JOIN placed p ON p.kind = t.kind AND p.upto > {offset:d} AND p.upto - p.number < {end:d}"""


@dataclass(slots=True)
class Holding:
    """The `enrolments` that hold a page, how many people of the list stand `before` theirs, and how many there are."""

    enrolments: list[UUID] = field(default_factory=list)
    before: int = 0
    total: int = 0


def holdings(
    counted: str,
    read: Callable[[str], list[tuple[Any, ...]]],
    *,
    kinds: Iterable[str],
    limit: int,
    offset: int,
    is_reversed: bool = False,
) -> dict[str, Holding]:
    """The pages of these kinds of people, each a list by the names of organisations, and how many there are of every
    kind; none where there is nobody of it. `counted`: SQL that gives kind, name, enrolment_id and number, which `read`
    runs."""
    statement = _HOLDING.replace("{counted}", counted.replace("{", "{{").replace("}", "}}")).format(
        kinds=",".join(kinds), way="DESC" if is_reversed else "", offset=offset, end=offset + limit
    )
    found: dict[str, Holding] = {}
    for kind, total, enrolments, before in read(statement):
        known = found.setdefault(kind, Holding(before=before or 0, total=total))
        known.enrolments += enrolments or []
        known.before = min(known.before, before or 0)
    return found
