"""Writes of records of tests and vaccinations: the one way in for files, calls and, later, sampling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.db import copy_rows, rows_of, run
from outpost.core.ids import new_id
from outpost.core.sheets.parsing import picker
from outpost.core.whole_days import LAST_MICROSECOND
from outpost.exchange import merge
from outpost.exchange.target import Becomes, Target, Watch, stays
from outpost.health import errors, latest, rules
from outpost.health.actions import RECORD_FACTS
from outpost.people.queries import OTHER_NAMES

# A large file may hold the table for longer than a caller waits, and callers who wait hold the web's threads. Past
# this the call is refused for now (OperationalError) and sent again.
LOCK_PATIENCE = "5s"

RECORD = RECORD_FACTS

_KEY = ("source", "record_id")
TEST_STAGING = {
    "source": "text",
    "record_id": "text",
    "person_id": "uuid",
    "sampled_at": "timestamptz",
    "result_at": "timestamptz",
    "result": "text",
    "laboratory": "text",
    "sampling_point": "text",
    "tube": "text",
    "is_withdrawn": "boolean",
    "is_corrected": "boolean",
    "name_hash": "bytea",
}
VACCINATION_STAGING = {
    "source": "text",
    "record_id": "text",
    "person_id": "uuid",
    "product_id": "text",
    "dose": "smallint",
    "given_on": "date",
    "site": "text",
    "is_withdrawn": "boolean",
    "is_corrected": "boolean",
    "name_hash": "bytea",
}


# What both kinds of facts share. A source that does not say whether a record counts leaves that as it is; what is new
# counts. Whoever means that a record is another person's must say so.
OTHER_PERSON = {errors.OTHER_PERSON.code: "{row}.person_id"}
_NOT_KEPT = ("is_corrected",)
_SEALED_ANEW = ("sealed",)  # another text each time; a hash beside it compares
OTHER_NAME = {errors.OTHER_NAME.code: OTHER_NAMES}
# The name goes with the person: who becomes another person's record without a name has none.
_NAME = Becomes(
    "CASE WHEN s.person_id = t.person_id THEN coalesce(nullif(s.name_hash, ''), t.name_hash)"
    " ELSE nullif(s.name_hash, '') END",
    "nullif(s.name_hash, '')",
)
STAYS_WITHDRAWN = {errors.STAYS_WITHDRAWN.code: "s.is_withdrawn IS NULL AND t.is_withdrawn"}


def target_of(
    table: str, staging: Mapping[str, str], becomes: Mapping[str, Becomes], watch: Watch, **more: Any
) -> Target:
    """The table of records that sources know by an id, all of whose facts may be replaced."""
    facts = tuple(column for column in staging if column not in (*_KEY, *_NOT_KEPT))
    return Target(
        table=table,
        key=_KEY,
        columns=(*_KEY, *facts),
        replaced=facts,
        compared=tuple(column for column in facts if column not in _SEALED_ANEW),
        stamps_new=("received_at",),
        stamps_replaced=("received_at",),
        becomes={"is_withdrawn": stays("is_withdrawn", "FALSE"), "name_hash": _NAME, **becomes},
        watch=watch,
        **more,
    )


_TAKES_NOTHING_BACK = "NOT s.is_corrected AND s.result = 'pending' AND t.result <> 'pending'"
_RESULT = f"CASE WHEN s.result IS NULL OR {_TAKES_NOTHING_BACK} THEN t.result ELSE s.result END"
# A result that is known by its day is as old as any other of that day.
_SAME_WHOLE_DAY = f"""(extract(microseconds FROM t.result_at)::int % 1000000 = {LAST_MICROSECOND}
    AND date_trunc('day', t.result_at AT TIME ZONE '{zone().key}')
      = date_trunc('day', s.result_at AT TIME ZONE '{zone().key}'))"""
_TEST_TEXTS = ("laboratory", "sampling_point", "tube")
TESTS = target_of(
    "health_testrecord",
    TEST_STAGING,
    {
        **{text: stays(text, "''") for text in _TEST_TEXTS},
        "result": Becomes(_RESULT, f"coalesce(s.result, '{rules.TestResult.PENDING.value}')"),
        # A result and its time are one: what takes a result back takes its time back.
        "result_at": Becomes(
            "CASE WHEN s.is_corrected AND s.result = 'pending' THEN s.result_at"
            " ELSE coalesce(s.result_at, t.result_at) END",
            "s.result_at",
        ),
    },
    Watch(
        unlike={
            **OTHER_PERSON,
            errors.OTHER_DAY.code: f"({{row}}.sampled_at AT TIME ZONE '{zone().key}')::date",
        },
        is_stated="s.is_corrected",
        older={
            errors.OLDER_RESULT.code: f"NOT s.is_corrected AND s.result_at < t.result_at AND NOT {_SAME_WHOLE_DAY}"
        },
        met=OTHER_NAME,
        known={errors.RESULT_STAYS.code: _TAKES_NOTHING_BACK, **STAYS_WITHDRAWN},
    ),
    # The later result wins over an earlier one that stands behind it in the file; what it leaves out, they say.
    last="s.is_corrected DESC, s.result_at DESC NULLS LAST, s.row_no DESC",
    folded={
        "result": "s.is_corrected OR s.result <> 'pending'",
        "result_at": "s.result_at IS NOT NULL",
        **{text: f"s.{text} IS NOT NULL" for text in (*_TEST_TEXTS, "is_withdrawn")},
    },
)
VACCINATIONS = target_of(
    "health_vaccination",
    VACCINATION_STAGING,
    {"site": stays("site", "''")},
    Watch(unlike=OTHER_PERSON, is_stated="s.is_corrected", met=OTHER_NAME, known=STAYS_WITHDRAWN),
    last="s.is_corrected DESC, s.row_no DESC",
    folded={text: f"s.{text} IS NOT NULL" for text in ("site", "is_withdrawn")},
)

Staged = Mapping[str, Any]
"""The values of one row; those of the staging columns among them."""


@dataclass(slots=True)
class Recorded:
    """What became of one record: `new`, `replaced` (the earlier version stays in the history), `unchanged` or
    `rejected`; `codes` of problems say why it was rejected, or what else is to be told."""

    outcome: str
    codes: list[str] = field(default_factory=list)


def record_tests(rows: Sequence[Staged], *, actor: Actor, at: datetime) -> list[Recorded]:
    """Store test records and bring the latest samples up to them, in one transaction.

    `rows`: values by the names of TEST_STAGING, made by `sheets.TestParser`. Returns what became of each. Of rows with
    the same source and record id the last one counts, the earlier ones were `replaced` by it. Raises Refusal 403, and
    OperationalError when another writer holds the table for longer than LOCK_PATIENCE.
    """
    actor.require(RECORD)
    return record("tests", TESTS, TEST_STAGING, latest.TESTS, rows, actor=actor, at=at)


def record_vaccinations(rows: Sequence[Staged], *, actor: Actor, at: datetime) -> list[Recorded]:
    """Store vaccination records; like `record_tests`, with rows as VACCINATION_STAGING names them."""
    actor.require(RECORD)
    kept = latest.VACCINATIONS
    return record("vaccinations", VACCINATIONS, VACCINATION_STAGING, kept, rows, actor=actor, at=at)


@transaction.atomic
def record(
    name: str,
    target: Target,
    columns: Mapping[str, str],
    kept: latest.Kept,
    rows: Sequence[Staged],
    *,
    actor: Actor,
    at: datetime,
) -> list[Recorded]:
    """Merge staged rows of any kind of facts, as a file of them would be, in one transaction."""
    if not rows:
        return []
    batch = new_id()
    recorded = [Recorded("replaced") for _row in rows]

    def take_outcomes(view: str) -> None:
        for row_no, outcome in rows_of(f"SELECT row_no, outcome FROM {view}"):
            recorded[row_no].outcome = outcome
        kept.before_merge(view)

    _wait_at_most(LOCK_PATIENCE)
    staging, notes = merge.temporary_staging(columns), merge.temporary_notes()
    staged = picker(list(columns))
    copy_rows(staging, ("row_no", *columns), ((number, *staged(row)) for number, row in enumerate(rows)))
    counts = merge.merge(
        target,
        staging,
        at=at,
        cause=f"health.{name}:{batch}",
        import_id=None,
        notes=notes,
        before=take_outcomes,
        after=kept.after_merge,
    )
    for row_no, code, is_refusal in rows_of(f"SELECT row_no, code, is_refusal FROM {notes}"):
        recorded[row_no].codes.append(code)
        if is_refusal:
            recorded[row_no].outcome = "rejected"
    written = counts.new + counts.replaced
    if written:
        detail = {"new": counts.new, "replaced": counts.replaced, "unchanged": counts.unchanged}
        audit.record(
            f"health.{name}_recorded", actor=actor, at=at, object_id=batch, count=written, detail=detail
        )
    return recorded


def _wait_at_most(patience: str) -> None:
    run("SELECT set_config('lock_timeout', %s, true)", [patience])
