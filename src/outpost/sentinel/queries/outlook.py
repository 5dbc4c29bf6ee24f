"""Who is overdue today and who will be, should no further sample be taken: 预警, the principal's first question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.sentinel.models import AS_ENTERED, Category, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.queries.categories import categories
from outpost.sentinel.queries.staff import StaffRow, rows_of
from outpost.sentinel.queries.staff_filter import SEE, StaffFilter, filtered, is_one_of
from outpost.sentinel.rules import Judgement, State


class Due(Vocabulary):
    """Where somebody stands who has to be tested.

    OVERDUE: missed at today's dawn and still not made up for. MADE_UP: missed at today's dawn, but what was
    sampled since is enough for tomorrow's. TODAY and TOMORROW: a sample is needed by the end of that day.
    """

    OVERDUE = Word("overdue", "逾期未检", "Overdue", Tone.BAD)
    TODAY = Word("today", "今日应检", "Test today", Tone.WARNING)
    TOMORROW = Word("tomorrow", "明日应检", "Test by tomorrow", Tone.RUNNING)
    MADE_UP = Word("made_up", "已补检", "Made up for", Tone.GOOD)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A staff member who has to be tested, with what shows it."""

    staff: StaffRow
    due: Due
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Outlook:
    """Who is due, by staff member, in the order of the ledger; nobody for whom no rule holds."""

    on: date
    due: dict[UUID, Due]

    def of(self, *wanted: Due) -> list[UUID]:
        """The staff members of these kinds."""
        return [staff for staff, due in self.due.items() if due in wanted]


def outlook(wanted: StaffFilter, *, actor: Actor, at: datetime) -> Outlook:
    """Judge today's dawn and the next two for the staff that the filter wants, within the actor's reach.

    The twin of `rules.forecast` over sets; a spell off duty that is known today counts from its first day.
    """
    today = clock.local_day(at)
    known = [one for one in categories(actor=actor, action=SEE) if wanted.category in ("", one.code)]
    found = filtered(wanted, actor=actor, at=at)
    few = match.few_of(found)
    missed = [_missed(known, today + timedelta(days=days), few) for days in (0, 1, 2)]
    wanted_ones = found.filter(is_one_of(set().union(*missed)))
    # One array: a row for each takes longer than to judge them.
    in_order = ArrayAgg("id", order_by=("enrolment__organization__name", *AS_ENTERED), default=[])
    ordered = wanted_ones.aggregate(ids=in_order)["ids"]
    due = {member: _due(*(member in day for day in missed)) for member in ordered}
    return Outlook(today, {member: one for member, one in due.items() if one is not None})


def _missed(known: Iterable[Category], on: date, few: Sequence[UUID] | None) -> set[UUID]:
    """Who misses the dawn of a day, of the few or of the whole categories."""
    tasks = match.tasks_of(known, on)
    return set(match.members(tasks, State.MISSED, few=few)) if tasks else set()


def _due(today: bool, tomorrow: bool, day_after: bool) -> Due | None:
    """What missing each of the three dawns comes to."""
    if tomorrow:
        return Due.OVERDUE if today else Due.TODAY
    if today:
        return Due.MADE_UP
    return Due.TOMORROW if day_after else None


_DAYS_AHEAD = {Due.OVERDUE: 0, Due.MADE_UP: 0, Due.TODAY: 1, Due.TOMORROW: 2}


def due_rows(
    found: Outlook, ids: Sequence[UUID], *, actor: Actor, at: datetime, is_clear: bool | None = None
) -> list[DueRow]:
    """Rows for some of the staff of an outlook, in that order, each with the evidence of the dawn that decides;
    `is_clear` as `rows_of`."""
    members = StaffMember.objects.filter(id__in=list(ids)).select_related(
        "enrolment__category", "enrolment__organization__region"
    )
    by_id = {row.id: row for row in rows_of(list(members), actor=actor, at=at, is_clear=is_clear)}
    categories = {member.enrolment.category_id: member.enrolment.category for member in members}
    judged = _judgements({staff: found.due[staff] for staff in ids}, categories.values(), found.on)
    return [DueRow(by_id[staff], found.due[staff], judged[staff]) for staff in ids]


def due_page(
    found: Outlook, kind: Due, *, actor: Actor, at: datetime, limit: int, offset: int = 0
) -> tuple[list[DueRow], int]:
    """One page of those of a kind, and how many there are in all."""
    ids = found.of(kind)
    return due_rows(found, ids[offset : offset + limit], actor=actor, at=at), len(ids)


def _judgements(
    wanted: Mapping[UUID, Due], categories: Iterable[Category], on: date
) -> dict[UUID, Judgement]:
    by_dawn = defaultdict(list)
    for staff, due in wanted.items():
        by_dawn[on + timedelta(days=_DAYS_AHEAD[due])].append(staff)
    return {
        one.staff: one.judgement(State.MISSED, dawn)
        for dawn, staff_due in by_dawn.items()
        for one in match.evidence(match.tasks_of(categories, dawn), staff_due)
    }
