"""Keeps `health_passfacts` true: one small row a person, all that a pass is decided from, set-based.

Three kinds of facts each own some of its columns and read only their own table, which their writer holds against every
other (`health.latest`, `exchange.merge`): so two kinds may write the row of one person one after the other in any
order. The lock on the table comes after that of the facts and makes them wait for each other; readers go on.
Whoever has no facts has no row. `mend` holds every row against the records each night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from outpost.core.db import planned_with
from outpost.health.rules import FEVER_ABOVE, STATED

MENDED = "health.pass_facts_mended"


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one kind of facts, and the SQL that reads them by person; `{of}` narrows it to some people."""

    columns: tuple[str, ...]
    anew: str

    def found(self, people: str = "") -> str:
        """SQL: person_id and the columns, of everybody or of the people whom the SQL gives."""
        some = f"JOIN (SELECT DISTINCT person_id FROM ({people}) p) p ON p.person_id = t.person_id"
        return self.anew.format(of=some if people else "", fever=FEVER_ABOVE, stated=STATED)


TESTS = Part(
    ("negative_at", "positive_at"),
    """SELECT t.person_id, max(t.sampled_at) FILTER (WHERE t.result = 'negative') AS negative_at,
         max(t.sampled_at) FILTER (WHERE t.result = 'positive') AS positive_at
    FROM health_testrecord t {of} WHERE NOT t.is_withdrawn AND t.result IN ('negative', 'positive')
   GROUP BY t.person_id""",
)
DECLARATIONS = Part(
    ("declared_at", "has_symptoms", "was_in_risk_area"),
    """SELECT DISTINCT ON (t.person_id) t.person_id, t.declared_at,
         cardinality(coalesce(t.symptoms, '{{}}')) > 0 OR coalesce(t.temperature > {fever}, false) AS has_symptoms,
         coalesce(t.was_in_risk_area, false) AS was_in_risk_area
    FROM health_declaration t {of} WHERE NOT t.is_withdrawn AND t.source <> '{stated}'
   ORDER BY t.person_id, t.declared_at DESC, t.source, t.record_id""",
)
DISPOSITIONS = Part(
    ("disposition", "disposed_at"),
    """SELECT DISTINCT ON (t.person_id) t.person_id, t.disposition, t.started_at AS disposed_at
    FROM health_disposition t {of} WHERE t.agreed_at IS NOT NULL
   ORDER BY t.person_id, t.started_at DESC""",
)
PARTS = (TESTS, DECLARATIONS, DISPOSITIONS)

_LOCK = "LOCK TABLE health_passfacts IN SHARE ROW EXCLUSIVE MODE"
# New records that nothing else is to be settled of: the later instant stands, and no history is read.
_RAISE = """
INSERT INTO health_passfacts (person_id, negative_at, positive_at)
SELECT person_id, max(sampled_at) FILTER (WHERE result = 'negative'), max(sampled_at) FILTER (WHERE result = 'positive')
  FROM {rows} r WHERE outcome = 'new' AND NOT is_withdrawn AND result IN ('negative', 'positive') GROUP BY person_id
    ON CONFLICT (person_id) DO UPDATE SET negative_at = greatest(health_passfacts.negative_at, EXCLUDED.negative_at),
       positive_at = greatest(health_passfacts.positive_at, EXCLUDED.positive_at)
 WHERE EXCLUDED.negative_at > coalesce(health_passfacts.negative_at, '-infinity')
    OR EXCLUDED.positive_at > coalesce(health_passfacts.positive_at, '-infinity')
"""
# A declaration of this moment: mostly the latest of its person, and then nothing is read.
_DECLARED = """
INSERT INTO health_passfacts (person_id, declared_at, has_symptoms, was_in_risk_area)
VALUES (%(person_id)s, %(declared_at)s, %(has_symptoms)s, %(was_in_risk_area)s)
    ON CONFLICT (person_id) DO UPDATE SET declared_at = EXCLUDED.declared_at, has_symptoms = EXCLUDED.has_symptoms,
       was_in_risk_area = EXCLUDED.was_in_risk_area
 WHERE coalesce(health_passfacts.declared_at, '-infinity') < EXCLUDED.declared_at
"""
_NOTE = (
    "CREATE TEMPORARY TABLE health_pass_people ON COMMIT DROP AS SELECT DISTINCT person_id FROM ({people}) c"
)
_PEOPLE = "SELECT person_id FROM health_pass_people"
_READ = "CREATE TEMPORARY TABLE health_pass_anew ON COMMIT DROP AS {found}"
_WRITE = """
INSERT INTO health_passfacts (person_id, {columns}) SELECT person_id, {columns} FROM health_pass_anew
    ON CONFLICT (person_id) DO UPDATE SET {assignments} WHERE ROW({known}) IS DISTINCT FROM ROW({excluded})
"""
_CLEAR = """
UPDATE health_passfacts k SET {nothing} FROM health_pass_people p
 WHERE k.person_id = p.person_id AND k.person_id NOT IN (SELECT person_id FROM health_pass_anew)
"""
_FORGET = """
DELETE FROM health_passfacts k USING health_pass_people p WHERE k.person_id = p.person_id
   AND k.negative_at IS NULL AND k.positive_at IS NULL AND k.declared_at IS NULL AND k.disposition IS NULL
"""
_WRONG = """
SELECT coalesce(a.person_id, k.person_id) AS person_id
  FROM ({found}) a FULL JOIN health_passfacts k ON k.person_id = a.person_id
 WHERE ROW({anew}) IS DISTINCT FROM ROW({known})
"""


def raise_tests(rows: str) -> None:
    """Take new test records over. `rows`: the view that `exchange.merge` hands to its hooks."""
    _run(_LOCK)
    _run(_RAISE.format(rows=rows))


def take_declaration(
    person_id: UUID, declared_at: datetime, *, has_symptoms: bool, was_in_risk_area: bool
) -> None:
    """Take the declaration over that a person has just made, in one row and without the lock of bulk writers: many
    declare at once."""
    facts = {"declared_at": declared_at, "has_symptoms": has_symptoms, "was_in_risk_area": was_in_risk_area}
    if not _run(_DECLARED, facts | {"person_id": person_id}):  # a later one is known
        read_anew(DECLARATIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})


def read_anew(part: Part, people: str, values: Mapping[str, Any] | None = None) -> int:
    """Read one kind of facts of these people from the records. `people`: SQL that gives `person_id`, repeated ones too.

    Returns of how many people.
    """
    _run(_LOCK)
    found = _run(_NOTE.format(people=people), values)
    _run("ANALYZE health_pass_people")
    _run(_READ.format(found=part.found(_PEOPLE)))
    columns = part.columns
    _run(
        _WRITE.format(
            columns=", ".join(columns),
            assignments=", ".join(f"{column} = EXCLUDED.{column}" for column in columns),
            known=_listed(columns, "health_passfacts"),
            excluded=_listed(columns, "EXCLUDED"),
        )
    )
    _run(_CLEAR.format(nothing=", ".join(f"{column} = NULL" for column in columns)))
    _run(_FORGET)
    _run("DROP TABLE health_pass_people, health_pass_anew")
    return found


@transaction.atomic
def mend() -> int:
    """Hold every row against the records and put right what is wrong; returns how many rows were, by kind of fact."""
    _run(_LOCK)
    wrong = 0
    for part in PARTS:
        anew, known = _listed(part.columns, "a"), _listed(part.columns, "k")
        with planned_with(work_mem="256MB"):
            wrong += read_anew(part, _WRONG.format(found=part.found(), anew=anew, known=known))
    return wrong


def _listed(columns: Iterable[str], of: str) -> str:
    return ", ".join(f"{of}.{column}" for column in columns)


def _run(statement: str, values: Mapping[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
