"""What reads and writes the tables that grow would run on many nodes as well.

Every statement about such a table that a run of all (`run_of_all`) sends is read (`statements`), and so are the keys of
the tables. What does not hold yet stands here with its reason: lists that may only shrink.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import walk_stack
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from outpost.health import services as health
from outpost.testing.cast import Cast
from outpost.venues.recording import ADD, COUNT, KNOWN_IDS, TAKE_IDS
from tests.architecture import run_of_all
from tests.architecture.statements import COPIED, GROWN, PLACES, Reader

LIE = 10**9
PASSED_ON = (
    "outpost.exchange.statements",
    "outpost.core.db",
    "outpost.figures.lists",
)  # send what others made
_LEDGER = "outpost.sentinel.queries.statistics.ledger"
_MATCH = "outpost.sentinel.queries.match"
_BY_RECORD = "records lie by their own id, the narrow row by person"
KNOWN = {
    (_MATCH, "h is asked for each row of n, not on their columns"): f"evidence of who missed; {_BY_RECORD}",
    (
        "outpost.sentinel.queries.staff",
        "h is asked for each row of sentinel_stafflatest, not on their columns",
    ): f"a state as a filter, of rules of many samples; {_BY_RECORD}",
    (
        "outpost.sentinel.queries.staff",
        "h is asked for each row of V0 and people_person and sentinel_staffmember, not on their columns",
    ): f"the page of that filter, whose keys stand in the statement that reads their rows; {_BY_RECORD}",
    (_LEDGER, "h is asked for each row of n, not on their columns"): (
        "up to FEW people's samples one by one; for more they are grouped by person first, which holds"
    ),
    (_LEDGER, "v is asked for each row of n, not on their columns"): f"doses on record twice; {_BY_RECORD}",
    (
        _LEDGER,
        "n and t do not meet on the columns by which they are spread",
    ): f"list of samples; {_BY_RECORD}",
}
"""By the module that sends the statement, and what does not hold."""

_BY_ID = "the ledger is keyed by the id alone; a key (person, id) moves every reference to it"
NARROW_KEYS = {
    "sentinel_staffmember_pkey": _BY_ID,
    "sentinel_matchfinding_pkey": _BY_ID,
    "sentinel_finding_once": _BY_ID,
    "sentinel_matchfindin_staff_id_5b77cc24_fk_sentinel_": _BY_ID,
}
"""Keys without the column by which their table is spread, and foreign keys to what is not copied."""


class Sent:
    """The statements about grown tables that were sent, each with the module that made it."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[str, Reader]] = {}

    def __call__(
        self, execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any
    ) -> Any:
        text = statement if isinstance(statement, str) else statement.as_string(connection.connection)
        cursor = context["cursor"]
        vars(cursor).pop("rowcount", None)
        done = execute(statement, params, many, context)
        if "pg_temp." in text or any(table in text for table in GROWN):
            _, reader = self.read.setdefault(text, (_maker(), Reader(text)))
            if reader.counts_conflicts:
                cursor.rowcount = (
                    LIE  # many nodes count otherwise: whoever reads this number fails in the run
                )
        return done

    def faults(self) -> dict[tuple[str, str], str]:
        """What does not hold: the statement by its module and what is wrong with it."""
        return {
            (maker, fault): text for text, (maker, reader) in self.read.items() for fault in reader.faults
        }


def _maker() -> str:
    names = (str(frame.f_globals["__name__"]) for frame, _line in walk_stack(None))
    return next((name for name in names if name.startswith("outpost.") and name not in PASSED_ON), "")


def test_every_statement_would_run_on_many_nodes(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health.ensure_products()
    sent = Sent()
    with connection.execute_wrapper(sent):
        run_of_all.run(cast, tmp_path, monkeypatch)
    stored = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    named = {name for _, reader in sent.read.values() for name in reader.tables}
    assert named & stored <= set(PLACES), "say where these tables lie"
    assert set(GROWN) <= named, "the run must use every table that grows"
    found = sent.faults()
    assert not {key: text for key, text in found.items() if key not in KNOWN}
    assert set(KNOWN) <= set(found), "what holds by now must leave the list"


@pytest.mark.rules
def test_what_the_lane_writes_would_run_on_many_nodes() -> None:
    """It goes past Django, on a connection of its own."""
    for statement in (TAKE_IDS, KNOWN_IDS, ADD, COUNT):
        read = Reader(statement)
        assert read.faults == []
        assert len(read.tables & set(GROWN)) == 1


def _keys(grown: str) -> Iterator[str]:
    """What a key of a grown table lacks, or leads to, that many nodes cannot hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.conname, c.contype, c.confrelid::regclass::text, array_agg(a.attname::text)
                 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
                WHERE c.conrelid = %s::regclass AND c.contype IN ('p', 'u', 'f') GROUP BY c.oid""",
            [grown],
        )
        for name, kind, target, columns in cursor.fetchall():
            is_spread_alike = GROWN[grown] in columns and (kind != "f" or GROWN.get(target) == GROWN[grown])
            if not is_spread_alike and PLACES.get(target) != COPIED:
                yield name


def test_every_key_of_what_grows_would_hold_on_many_nodes(db: None) -> None:
    found = {key for table in GROWN for key in _keys(table)}
    assert found == set(NARROW_KEYS)


HOLDS = """
SELECT FROM staged s JOIN health_testrecord t ON t.record_id = s.record_id;
UPDATE health_testrecord t SET tube = s.tube FROM staged s WHERE t.record_id = s.record_id;
SELECT FROM staged s LEFT JOIN health_latestsamples l USING (person_id) WHERE l.person_id IS NULL;
SELECT FROM staged WHERE record_id NOT IN (SELECT t.record_id FROM health_testrecord t);
SELECT FROM sentinel_staffmember s JOIN sentinel_stafflatest n ON n.person_id = s.person_id;
SELECT FROM sentinel_staffmember s, sentinel_stafflatest n, people_person p
 WHERE s.person_id = n.person_id AND p.person_id = n.person_id;
SELECT FROM sentinel_stafflatest n LEFT JOIN (SELECT v.person_id, count(*) FROM health_vaccination v
   JOIN touched p ON p.person_id = v.person_id GROUP BY v.person_id) d ON d.person_id = n.person_id;
DELETE FROM sentinel_stafflatest n USING touched p WHERE n.person_id = p.person_id AND NOT EXISTS
  (SELECT FROM sentinel_staffmember s WHERE s.person_id = n.person_id AND s.id = n.staff_id);
WITH few AS (SELECT n.person_id FROM sentinel_stafflatest n)
SELECT FROM few f JOIN sentinel_staffmember s ON s.person_id = f.person_id;
SELECT FROM sentinel_stafflatest n CROSS JOIN LATERAL (SELECT cardinality(n.sampled_at) AS found) f
"""
DOES_NOT = """
SELECT FROM pg_temp.staged s JOIN health_testrecord t USING (record_id);
SELECT FROM staged s WHERE NOT EXISTS (SELECT FROM people_person p WHERE p.person_id = s.person_id);
SELECT (SELECT max(h.dose) FROM health_vaccination h WHERE h.person_id = s.person_id) FROM staged s;
SELECT FROM staged s, LATERAL (SELECT max(h.dose) FROM health_vaccination h WHERE h.dose = s.dose) d;
SELECT FROM sentinel_staffmember s JOIN sentinel_stafflatest n ON n.staff_id = s.id;
SELECT FROM sentinel_stafflatest n JOIN health_testrecord h ON h.person_id = n.person_id;
SELECT FROM sentinel_stafflatest n
  LEFT JOIN (SELECT v.person_id, v.dose FROM health_vaccination v) d ON d.person_id = n.person_id;
DELETE FROM sentinel_stafflatest n USING touched p WHERE NOT EXISTS
  (SELECT FROM sentinel_staffmember s WHERE s.id = n.staff_id);
WITH few AS (SELECT n.staff_id FROM sentinel_stafflatest n)
SELECT FROM few f JOIN sentinel_staffmember s ON s.id = f.staff_id;
SELECT FROM sentinel_stafflatest n CROSS JOIN LATERAL (SELECT
  (SELECT max(h.sampled_at) FROM health_testrecord h WHERE h.person_id = n.person_id) AS last_at) f
"""


@pytest.mark.rules
def test_the_reader_knows_what_holds() -> None:
    wrong = [one for one in HOLDS.split(";") if Reader(one).faults]
    wrong += [one for one in DOES_NOT.split(";") if not Reader(one).faults]
    assert not wrong


def test_a_count_of_what_conflicts_is_a_lie(db: None) -> None:
    with connection.execute_wrapper(Sent()), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_latestsamples (person_id, sampled_at) VALUES (gen_random_uuid(), '{}')"
            " ON CONFLICT (person_id) DO NOTHING"
        )
        assert cursor.rowcount == LIE
        cursor.execute("DELETE FROM health_latestsamples")
        assert cursor.rowcount == 1
