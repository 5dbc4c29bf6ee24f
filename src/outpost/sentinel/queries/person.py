"""What the page of one staff member shows beside the ledger's row.

Whoever calls has resolved the member within the reader's scope (`queries.staff.member_of`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import orjson

from outpost.audit.models import RowVersion
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing, ring
from outpost.core.ledgers import plain
from outpost.health import queries as health
from outpost.health.queries import TestRow as NatRow
from outpost.health.queries import VaccinationRow
from outpost.health.rules import DoseGiven, DoseState, VaccinationHistory, dose_states
from outpost.sentinel.columns import STAFF
from outpost.sentinel.duty import DutyState, Spell
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.rules import Judgement
from outpost.sentinel.seals import open_staff

LONGEST_HISTORY = 50
_PLAIN = tuple(column.name for column in plain(STAFF))


@dataclass(frozen=True, slots=True)
class Change:
    """The row as it stood until `at`. `changed` names the fields that differ from what came next;
    `cause` is the act, or "import"."""

    at: datetime
    cause: str
    changed: tuple[str, ...]


def spells_of(member: StaffMember) -> list[Spell]:
    """The absences of a staff member that were not called off, the latest first."""
    found = DutySpell.objects.filter(staff=member)
    return [
        Spell(row.id, DutyState(row.state), row.starts_on, row.ends_on)
        for row in found.order_by("-starts_on")
        if row.ends_on != row.starts_on
    ]


def judgements_of(member: StaffMember, *, at: datetime) -> list[tuple[date, Judgement]]:
    """How a staff member stands at the dawns of today, tomorrow and the day after, should nothing be added;
    empty while no rule holds for them."""
    today = clock.local_day(at)
    found = []
    for on in (today, today + timedelta(days=1), today + timedelta(days=2)):
        tasks = match.tasks_of([member.enrolment.category], on)
        state = match.states(tasks, [member.id]).get(member.id)
        if state is not None:
            found += [(on, one.judgement(state, on)) for one in match.evidence(tasks, [member.id])]
    return found


def nat_tests_of(member: StaffMember, *, first: date, last: date, actor: Actor) -> list[NatRow]:
    """查看核酸: the test records of a staff member sampled on the days `first` to `last`, newest first.

    Raises Refusal 403.
    """
    return health.tests_of(member.person_id, clock.day_span(first, last), actor=actor)


def doses_of(
    member: StaffMember, *, on: date, actor: Actor
) -> tuple[list[VaccinationRow], tuple[DoseState, DoseState, DoseState]]:
    """疫苗接种: the records of a staff member, withdrawn ones too, and where they stand with each dose on a day.

    Raises Refusal 403.
    """
    rows = health.vaccinations_of(member.person_id, actor=actor)
    products = {product.code: product for product in health.products()}
    codes = {product.name: code for code, product in products.items()}
    given = tuple(
        DoseGiven(given_on=one.given_on, dose=one.dose, product=codes[one.product])
        for one in rows
        if not one.is_withdrawn
    )
    return rows, dose_states(VaccinationHistory(given), on, products)


def history_of(member: StaffMember) -> list[Change]:
    """When the row of a staff member changed, why, and which fields; the latest first, no values."""
    key = f"{member.enrolment_id}/{member.person_id}"
    rows = RowVersion.objects.filter(table="sentinel_staffmember", row_key=key).order_by("-replaced_at")
    versions = [row for row in rows[:LONGEST_HISTORY] if row.row["id"] == str(member.id)]
    keys = ring()
    states = [_stated_now(keys, member)] + [_stated_then(keys, row.row) for row in versions]
    return [
        Change(row.replaced_at, _cause(row.cause), _differences(states[n + 1], states[n]))
        for n, row in enumerate(versions)
    ]


def _stated_now(keys: KeyRing, member: StaffMember) -> dict[str, object]:
    own = {name: getattr(member, name) for name in _PLAIN}
    return (
        asdict(member.stated(keys))
        | own
        | {"joined_on": member.joined_on.isoformat(), "fields": member.fields}
    )


def _stated_then(keys: KeyRing, row: Mapping[str, object]) -> dict[str, object]:
    sealed = bytes.fromhex(str(row["sealed"]).removeprefix("\\x"))
    stated = open_staff(keys, str(row["enrolment_id"]), str(row["person_id"]), sealed)
    own = {name: row.get(name, "") for name in _PLAIN}  # a version may be older than a column
    fields = row["fields"]
    typed = orjson.loads(fields) if isinstance(fields, str) else fields
    return asdict(stated) | own | {"joined_on": row["joined_on"], "fields": typed}


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name, value in after.items() if before[name] != value)


def _cause(cause: str) -> str:
    return cause if cause.startswith("sentinel.") else "import"
