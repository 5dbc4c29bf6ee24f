"""B4: the nightly match of a province's day against DuckDB over the raw records.

Ours judges every staff member of twelve categories in one statement (`tallies`); the whole run adds evidence,
counts and findings written to disk. The peer aggregates the raw records per person with two threads and judges
likewise, its tables already loaded. The limit is one read of the staff rows. "flat" repeats ours with half the records.
"""

import sys
from collections.abc import Callable, Iterable
from datetime import date
from statistics import median

import duckdb
from django.db import connection

from benchmarks.harness import Result, here, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health.rules import LATEST_KEPT
from outpost.sentinel.models import Category
from outpost.sentinel.queries import everybody, match
from outpost.sentinel.rules import State
from outpost.sentinel.services import latest
from outpost.sentinel.services.matching import run_match

ON = date(2022, 6, 15)
RULES = ("1/1", "2/1", "3/1", "3/2", "7/1", "7/2", "7/3", "14/1", "5/1", "10/3", "14/7", "2/2")
SMALL, FULL = 50_000, 1_000_000
RECORDS_EACH = 12
STAFF_EACH_ENROLMENT = 60

LEDGER = """
INSERT INTO regions_region (code, name, level, aliases) VALUES
  ('44', 'p', 'province', '{}'), ('4401', 'c', 'city', '{}'),
  ('440115', 'd', 'district', '{}'), ('440115001', 't', 'town', '{}') ON CONFLICT DO NOTHING;
INSERT INTO sentinel_category (code, name, window_days, least_tests, counts_days, judges_new_joiners, is_active,
    position, updated_at)
  SELECT 'c' || i, 'c' || i, split_part(r, '/', 1)::int, split_part(r, '/', 2)::int, false, false, true, i, now()
  FROM unnest(%(rules)s::text[]) WITH ORDINALITY AS t (r, i);
INSERT INTO regions_organization (id, name, kind, social_credit_code, region_id, address, sealed,
    principal_name_hash, principal_phone_hash, content_hash, created_at, updated_at)
  SELECT gen_random_uuid(), 'o' || i, '', '', '440115001', '', '', '', '', '', now(), now()
  FROM generate_series(1, %(bodies)s) i;
INSERT INTO sentinel_enrolment (id, category_id, organization_id, fields, created_at, updated_at)
  SELECT gen_random_uuid(), 'c' || (1 + substr(name, 2)::int %% 12), id, '{}', now(), now() FROM regions_organization;
INSERT INTO people_person (person_id, doc_type, sealed, name_hash, registered_at)
  SELECT gen_random_uuid(), 'resident_id', sha512(i::text::bytea), substr(sha256(i::text::bytea), 1, 16), now()
  FROM generate_series(1, %(staff)s) i;
INSERT INTO sentinel_staffmember (id, enrolment_id, person_id, job_type, sealed, name_hash, phone_hash, content_hash,
    fields, joined_on, created_at, updated_at)
  SELECT gen_random_uuid(), e.id, p.person_id, 'x', sha512(p.person_id::text::bytea), p.name_hash, p.name_hash,
    p.name_hash, '{}', '2022-01-01', now(), now()
  FROM (SELECT person_id, name_hash, row_number() OVER () n FROM people_person) p
  JOIN (SELECT id, row_number() OVER () n FROM sentinel_enrolment) e ON e.n = 1 + p.n %% %(bodies)s;
"""
RECORDS = f"""
INSERT INTO health_testrecord (source, record_id, person_id, kind, sampled_at, result, laboratory, sampling_point, tube,
    received_at, is_withdrawn)
  SELECT 'b', %(prefix)s || n || '-' || k, person_id, 'nat',
    timestamptz '2022-06-01 00:00+08' + random() * interval '14 days', 'negative', '', '', '', now(), false
  FROM (SELECT person_id, row_number() OVER () n FROM people_person) p, generate_series(1, %(each)s) k;
TRUNCATE health_latestsamples;
INSERT INTO health_latestsamples (person_id, sampled_at)
  SELECT person_id, (array_agg(sampled_at ORDER BY sampled_at DESC))[1:{LATEST_KEPT}]
  FROM health_testrecord GROUP BY person_id;
VACUUM ANALYZE;
"""
PEER_TABLES = {
    "records": "SELECT person_id::text, sampled_at FROM health_testrecord",
    "staff": "SELECT s.id::text, s.person_id::text, e.category_id FROM sentinel_staffmember s"
    " JOIN sentinel_enrolment e ON e.id = s.enrolment_id",
}


def run(*, full: bool) -> Iterable[Result]:
    """Judge with half the records, with all of them, then the peer and the limit."""
    staff = FULL if full else SMALL
    _execute(LEDGER, rules=list(RULES), bodies=staff // STAFF_EACH_ENROLMENT, staff=staff)
    _execute(RECORDS, prefix="a", each=RECORDS_EACH // 2)
    follow()
    half = _median("match, half the records", _match)
    _execute(RECORDS, prefix="b", each=RECORDS_EACH // 2)
    follow()
    ours = _median("match, all records", _match)
    limit = _median("staff rows read once", _read_staff)
    peer = _peer(_missed_of(_match()))
    yield Result("B4", "s", staff, ours=ours, peer=peer, limit=limit)
    yield Result("B4 flat in the number of records, against half of them", "s", staff, ours=ours, peer=half)
    whole, _ = timed("whole run, kept", lambda: run_match(ON, actor=Actor.system("bench"), at=clock.now()))
    yield Result("B4 whole run: evidence and findings kept", "s", staff, ours=whole, peer=peer, limit=limit)


def _execute(script: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        for statement in script.split(";\n"):
            if statement.strip():
                cursor.execute(statement, parameters)


def follow() -> None:
    """Bring the narrow rows up to what was written past the services."""
    latest.mend()
    _execute("VACUUM ANALYZE sentinel_stafflatest")


def _median(what: str, work: Callable[[], object]) -> float:
    return median(timed(what, work)[0] for _ in range(3))


def _tasks() -> list[match.Task]:
    return match.tasks_of(Category.objects.all(), ON)


def _match() -> dict[tuple[str, date], everybody.Tally]:
    return everybody.tallies(_tasks())


def _missed_of(tallies: dict[tuple[str, date], everybody.Tally]) -> dict[str, int]:
    return {category: tally.total()[State.MISSED] for (category, _), tally in tallies.items()}


def _read_staff() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(person_id), max(joined_on), max(enrolment_id::text) FROM sentinel_staffmember"
        )


def _peer(expected: dict[str, int]) -> float:
    """DuckDB, its own tables loaded beforehand; its answer must equal ours."""
    peer = duckdb.connect()
    peer.execute("SET threads = 2")
    for table, query in PEER_TABLES.items():
        path = here().data / f"{table}.csv"
        statement = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
        with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)
        peer.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{path}')")
        path.unlink()
    for table in PEER_TABLES:
        peer.execute(f"ALTER TABLE {table} ALTER person_id TYPE UUID")
    peer.execute("ALTER TABLE records ALTER sampled_at TYPE TIMESTAMPTZ")
    rules = [(f"c{i}", *map(int, rule.split("/"))) for i, rule in enumerate(RULES, 1)]
    peer.execute("CREATE TABLE rules (category_id TEXT, span INT, least INT)")
    peer.executemany("INSERT INTO rules VALUES (?, ?, ?)", rules)
    spans = sorted({span for _, span, _ in rules})
    end = "TIMESTAMPTZ '2022-06-15 00:00:00+08'"
    counts = ", ".join(
        f"count(*) FILTER (WHERE sampled_at >= {end} - INTERVAL {span} DAY AND sampled_at < {end}) AS n{span}"
        for span in spans
    )
    found = " ".join(f"WHEN {span} THEN n{span}" for span in spans)
    query = f"""SELECT category_id, count(*) FROM staff JOIN rules USING (category_id)
        LEFT JOIN (SELECT person_id, {counts} FROM records GROUP BY person_id) USING (person_id)
        WHERE coalesce(CASE span {found} END, 0) < least GROUP BY category_id"""
    seconds = _median("DuckDB over the raw records", lambda: peer.execute(query).fetchall())
    answer = dict(peer.execute(query).fetchall())
    if {category: count for category, count in expected.items() if count} != answer:
        print(f"ours {expected}\npeer {answer}", file=sys.stderr)
        raise AssertionError("the peer counts other people")
    return seconds
