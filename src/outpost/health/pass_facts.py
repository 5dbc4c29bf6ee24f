"""Keeps `health_passfacts` true: one small row a person, all that a pass is decided from, set-based.

Four kinds of facts each own some of its columns and read only their own table, which their writer holds against every
other (`health.latest`, `exchange.merge`): so two kinds may write the row of one person one after the other in any
order. The lock on the table comes after that of the facts and makes them wait for each other; readers go on.
Whoever has no facts has no row. `mend` holds every row against the records each night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outpost.core.db import hold_lock, planned_with, rows_of, run
from outpost.health.rules import FEVER_ABOVE, STATED
from outpost.people.documents import LINKED_PEOPLE, LINKING, PAIRS, documents_of, with_linked

MENDED = "health.pass_facts_mended"


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one kind of facts, and the SQL that reads them by document; `{of}` narrows it to some people.

    `together`: SQL that makes of the rows `a` of several documents the one of their person `l`.
    """

    columns: tuple[str, ...]
    anew: str
    together: str

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
    "SELECT l.person_id, max(a.negative_at) AS negative_at, max(a.positive_at) AS positive_at {linked}"
    " GROUP BY l.person_id",
)
DECLARATIONS = Part(
    ("declared_at", "has_symptoms", "was_in_risk_area"),
    """SELECT DISTINCT ON (t.person_id) t.person_id, t.declared_at,
         cardinality(coalesce(t.symptoms, '{{}}')) > 0 OR coalesce(t.temperature > {fever}, false) AS has_symptoms,
         coalesce(t.was_in_risk_area, false) AS was_in_risk_area
    FROM health_declaration t {of} WHERE NOT t.is_withdrawn AND t.source <> '{stated}'
   ORDER BY t.person_id, t.declared_at DESC, t.source, t.record_id""",
    """SELECT DISTINCT ON (l.person_id) l.person_id, a.declared_at, a.has_symptoms, a.was_in_risk_area {linked}
   ORDER BY l.person_id, a.declared_at DESC, a.has_symptoms DESC, a.was_in_risk_area DESC""",
)
_LAST_TWO = """(array_agg({disposition} ORDER BY {order}))[1] AS disposition,
         (array_agg({at} ORDER BY {order}))[1] AS disposed_at,
         (array_agg({disposition} ORDER BY {order}))[2] AS former_disposition,
         (array_agg({at} ORDER BY {order}))[2] AS former_disposed_at"""
_OF_RECORDS = {"disposition": "t.disposition", "at": "t.started_at", "order": "t.started_at DESC"}
_OF_LINKED = {
    "disposition": "d.disposition",
    "at": "d.disposed_at",
    "order": "d.disposed_at DESC, d.disposition",
}
DISPOSITIONS = Part(
    ("disposition", "disposed_at", "former_disposition", "former_disposed_at"),
    f"""SELECT t.person_id, {_LAST_TWO.format(**_OF_RECORDS)}
    FROM health_disposition t {{of}} WHERE t.agreed_at IS NOT NULL GROUP BY t.person_id""",
    f"""SELECT l.person_id, {_LAST_TWO.format(**_OF_LINKED)} {{linked}}
    CROSS JOIN LATERAL (VALUES (a.disposition, a.disposed_at), (a.former_disposition, a.former_disposed_at))
      d(disposition, disposed_at) WHERE d.disposition IS NOT NULL GROUP BY l.person_id""",
)
"""The last two: one that begins later must not hide the one that holds until then."""
EXPOSURES = Part(
    ("exposed_at", "exposed_until"),
    """SELECT DISTINCT ON (t.person_id) t.person_id, t.begins_at AS exposed_at, t.ends_at AS exposed_until
    FROM health_exposure t {of} WHERE t.agreed_at IS NOT NULL AND t.withdrawn_at IS NULL
   ORDER BY t.person_id, t.ends_at DESC, t.begins_at DESC""",
    """SELECT DISTINCT ON (l.person_id) l.person_id, a.exposed_at, a.exposed_until {linked}
   ORDER BY l.person_id, a.exposed_until DESC, a.exposed_at DESC""",
)
PARTS = (TESTS, DECLARATIONS, DISPOSITIONS, EXPOSURES)

_LOCK = "LOCK TABLE health_passfacts IN SHARE ROW EXCLUSIVE MODE"
# New records that nothing else is to be settled of: the later instant stands, and no history is read.
_RAISE = """
UPDATE health_passfacts k SET negative_at = greatest(k.negative_at, f.negative_at),
       positive_at = greatest(k.positive_at, f.positive_at)
  FROM {fresh} f
 WHERE k.person_id = f.person_id AND (f.negative_at > coalesce(k.negative_at, '-infinity')
       OR f.positive_at > coalesce(k.positive_at, '-infinity'))
"""
_ADD = """
INSERT INTO health_passfacts (person_id, negative_at, positive_at)
SELECT f.person_id, f.negative_at, f.positive_at
  FROM {fresh} f LEFT JOIN health_passfacts k ON k.person_id = f.person_id
 WHERE k.person_id IS NULL AND (f.negative_at IS NOT NULL OR f.positive_at IS NOT NULL)
 ORDER BY f.person_id
"""
# A declaration of this moment: mostly the latest of its person, and then nothing is read.
_DECLARED = """
INSERT INTO health_passfacts (person_id, declared_at, has_symptoms, was_in_risk_area)
SELECT unnest(%(people)s::uuid[]), %(declared_at)s, %(has_symptoms)s, %(was_in_risk_area)s
    ON CONFLICT (person_id) DO UPDATE SET declared_at = EXCLUDED.declared_at, has_symptoms = EXCLUDED.has_symptoms,
       was_in_risk_area = EXCLUDED.was_in_risk_area
 WHERE coalesce(health_passfacts.declared_at, '-infinity') < EXCLUDED.declared_at
"""
_NOTE = (
    "CREATE TEMPORARY TABLE health_pass_people ON COMMIT DROP AS SELECT DISTINCT person_id FROM ({people}) c"
)
_PEOPLE = "SELECT person_id FROM health_pass_people"
_READ = "CREATE TEMPORARY TABLE health_pass_anew ON COMMIT DROP AS {found}"
# Of whoever has several documents each row says what all of them say.
_NOTE_LINKED = f"""
CREATE TEMPORARY TABLE health_pass_linked ON COMMIT DROP AS
SELECT l.person_id, l.document_id FROM health_pass_people p JOIN ({PAIRS}) l ON l.person_id = p.person_id
"""
_LINKED = "FROM health_pass_anew a JOIN health_pass_linked l ON l.document_id = a.person_id"
_READ_TOGETHER = "CREATE TEMPORARY TABLE health_pass_together ON COMMIT DROP AS {found}"
_TAKE_APART = "DELETE FROM health_pass_anew WHERE person_id IN (SELECT person_id FROM health_pass_linked)"
_TAKE_TOGETHER = "INSERT INTO health_pass_anew SELECT * FROM health_pass_together"
_WRITE = """
INSERT INTO health_passfacts (person_id, {columns}) SELECT person_id, {columns} FROM health_pass_anew
    ON CONFLICT (person_id) DO UPDATE SET {assignments} WHERE ROW({known}) IS DISTINCT FROM ROW({excluded})
"""
_CLEAR = """
UPDATE health_passfacts k SET {nothing} FROM health_pass_people p
 WHERE k.person_id = p.person_id AND p.person_id NOT IN (SELECT person_id FROM health_pass_anew)
"""
_FORGET = """
DELETE FROM health_passfacts k USING health_pass_people p WHERE k.person_id = p.person_id
   AND k.negative_at IS NULL AND k.positive_at IS NULL AND k.declared_at IS NULL AND k.disposition IS NULL
   AND k.exposed_at IS NULL
"""
_WRONG = """
SELECT coalesce(a.person_id, k.person_id) AS person_id
  FROM ({found}) a FULL JOIN health_passfacts k ON k.person_id = a.person_id
 WHERE ROW({anew}) IS DISTINCT FROM ROW({known})
   AND coalesce(a.person_id, k.person_id) NOT IN ({linked})
"""
_COUNT_WRONG = """
SELECT count(*) FROM health_pass_people p LEFT JOIN health_pass_anew a ON a.person_id = p.person_id
  LEFT JOIN health_passfacts k ON k.person_id = p.person_id WHERE ROW({anew}) IS DISTINCT FROM ROW({known})
"""


def raise_tests(fresh: str) -> None:
    """Take new test records over. `fresh`: a table of `person_id`, once each, with the latest `negative_at` and
    `positive_at`. Whoever has several documents has to be read anew beside it."""
    run(_LOCK)
    run(_RAISE.format(fresh=fresh))
    run(_ADD.format(fresh=fresh))


def take_declaration(
    person_id: UUID, declared_at: datetime, *, has_symptoms: bool, was_in_risk_area: bool
) -> None:
    """Take the declaration over that a person has just made, in one row and without the lock of bulk writers: many
    declare at once. The lock lets nobody link documents meanwhile."""
    hold_lock(LINKING, shared=True)
    people = documents_of(person_id)
    facts = {"declared_at": declared_at, "has_symptoms": has_symptoms, "was_in_risk_area": was_in_risk_area}
    if run(_DECLARED, facts | {"people": people}) < len(people):  # a later one is known
        read_anew(DECLARATIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})


def read_anew(part: Part, people: str, values: Mapping[str, Any] | None = None) -> int:
    """Read one kind of facts of these people from the records. `people`: SQL that gives `person_id`, repeated ones too.

    Whoever has several documents is read under all of them. Returns of how many people.
    """
    found = _read(part, people, values)
    _write(part)
    return found


def _read(part: Part, people: str, values: Mapping[str, Any] | None = None) -> int:
    """Read what the rows of these people have to say, until `_write`."""
    run(_LOCK)
    found = run(_NOTE.format(people=with_linked(people)), values)
    run("ANALYZE health_pass_people")
    run(_READ.format(found=part.found(_PEOPLE)))
    if run(_NOTE_LINKED):
        run(_READ_TOGETHER.format(found=part.together.format(linked=_LINKED)))
        run(_TAKE_APART)
        run(_TAKE_TOGETHER)
        run("DROP TABLE health_pass_together")
    run("DROP TABLE health_pass_linked")
    return found


def _write(part: Part) -> None:
    """Bring the rows up to what `_read` has read."""
    columns = part.columns
    run(
        _WRITE.format(
            columns=", ".join(columns),
            assignments=", ".join(f"{column} = EXCLUDED.{column}" for column in columns),
            known=_listed(columns, "health_passfacts"),
            excluded=_listed(columns, "EXCLUDED"),
        )
    )
    run(_CLEAR.format(nothing=", ".join(f"{column} = NULL" for column in columns)))
    run(_FORGET)
    run("DROP TABLE health_pass_people, health_pass_anew")


@transaction.atomic
def mend() -> int:
    """Hold every row against the records and put right what is wrong; returns how many rows were, by kind of fact."""
    run(_LOCK)
    wrong = 0
    for part in PARTS:
        anew, known = _listed(part.columns, "a"), _listed(part.columns, "k")
        with planned_with(work_mem="256MB"):
            wrong += read_anew(
                part, _WRONG.format(found=part.found(), anew=anew, known=known, linked=LINKED_PEOPLE)
            )
        _read(part, LINKED_PEOPLE)
        [(of_linked,)] = rows_of(_COUNT_WRONG.format(anew=anew, known=known))
        _write(part)
        wrong += of_linked
    return wrong


def _listed(columns: Iterable[str], of: str) -> str:
    return ", ".join(f"{of}.{column}" for column in columns)
