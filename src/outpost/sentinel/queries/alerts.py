"""What alerts are made of: who is told, how many missed within a scope, what a rule would find, and how far the
follow-up of those who missed has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from outpost.alerts.follow_ups import FollowUpState, taken_up
from outpost.alerts.recipients import AlertMedium, officers_by_name
from outpost.audit.editing import Edited, flag, flag_in_words, last_act
from outpost.core.actor import Actor, Reach
from outpost.sentinel.actions import SET_ALERTS
from outpost.sentinel.models import (
    AlertRecipient,
    AlertSetting,
    Category,
    Enrolment,
    FollowUp,
    MatchCount,
    MatchFinding,
    MatchRun,
    StaffLatest,
)
from outpost.sentinel.queries import categories, everybody, match
from outpost.sentinel.queries.latest import is_employers
from outpost.sentinel.queries.leavers import Change, changes, leavers, unseen, unseen_by_employers, within
from outpost.sentinel.queries.sight import sight_of
from outpost.sentinel.rules import CategoryRules, State

SET = SET_ALERTS
PREVIEW_DAYS = 14
FLAGS = ("is_on", "tells_department", "tells_towns", "tells_principals")
"""What is on or off of a category's alerts."""
NAMES = {
    "is_on": _("Send alerts at nine o'clock"),
    "tells_department": _("To the officers of the department"),
    "tells_towns": _("To the town officers, for their towns"),
    "tells_principals": _("To the principals, for their own staff"),
    "ways": _("Beside the inbox, by"),
    "seniors": _("Named recipients"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """How many were judged, and how many of them missed."""

    judged: int
    missed: int

    def __add__(self, change: Change) -> "Figure":
        return Figure(self.judged + change.judged, self.missed + change.missed)


@dataclass(frozen=True, slots=True)
class DayFigure:
    """What a rule finds at the dawn of one day."""

    on: date
    judged: int
    missed: int


def settings(*, actor: Actor) -> list[tuple[Category, AlertSetting | None]]:
    """The categories whose alerts the reader may set, each with its setting where there is one."""
    met = categories.with_rules(categories.categories(actor=actor, action=SET))
    known = AlertSetting.objects.in_bulk([category.code for category in met])
    return [(category, known.get(category.code)) for category in met]


def setting_of(category: str) -> AlertSetting | None:
    return AlertSetting.objects.filter(category_id=category).first()


def edited_alert(category: str) -> Edited:
    """What a form shows of a category's alerts."""
    setting = setting_of(category) or AlertSetting()
    names = officers_by_name()
    seniors = sorted(names.get(user, "–") for user in recipients(category))
    stated = {
        **{name: flag(getattr(setting, name)) for name in FLAGS},
        "ways": "、".join(setting.media),
        "seniors": "、".join(seniors),
    }
    masks = {**dict.fromkeys(FLAGS, flag_in_words), "ways": _ways_in_words}
    return Edited(category, stated, last_act(category, "sentinel.alert_set"), NAMES, masks)


def edited_command_group() -> Edited:
    """What a form shows of the command group."""
    names = officers_by_name()
    stated = {"seniors": "、".join(sorted(names.get(user, "–") for user in recipients(None)))}
    return Edited("command_group", stated, last_act("", "sentinel.command_group_set"), NAMES)


def _ways_in_words(codes: str) -> str:
    return "、".join(AlertMedium(code).label for code in codes.split("、") if code)


def recipients(category: str | None) -> list[UUID]:
    """The accounts of the senior recipients of a category; of the command group when it is None."""
    found = AlertRecipient.objects.filter(category_id=category).order_by("added_at", "id")
    return list(found.values_list("user_id", flat=True))


@dataclass(frozen=True, slots=True)
class DayFigures:
    """How the kept match of a day stands at an instant: without those who had left by then (`queries.leavers`)."""

    on: date
    runs: Sequence[MatchRun]
    to_officers: Sequence[Change]
    to_employers: Sequence[Change]

    @classmethod
    def read(cls, on: date, *, at: datetime) -> Self:
        runs = list(latest_runs(on).filter(category__is_active=True))
        left, unknown = leavers(runs, at=at), unseen_by_employers(runs, at=at)
        return cls(on, runs, changes(left, to_employers=False), changes(left, unknown, to_employers=True))

    def by_category(self, reach: Reach) -> dict[str, Figure]:
        """Within a reach."""
        return self._summed("category", Enrolment.objects.within(reach), self.to_officers)

    def by_organization(self, codes: Iterable[str]) -> dict[UUID, Figure]:
        """Over some categories together, as the employers are shown it."""
        wanted = Enrolment.objects.filter(category__in=list(codes))
        return self._summed("organization", wanted, self.to_employers)

    def _summed(
        self, group: str, enrolments: QuerySet[Enrolment], changed: Sequence[Change]
    ) -> dict[Any, Figure]:
        counts = MatchCount.objects.filter(run__in=self.runs, enrolment__in=enrolments.values("id"))
        sums = counts.values_list(f"enrolment__{group}_id").annotate(Sum("judged"), Sum("missed"))
        found = {key: Figure(judged, missed) for key, judged, missed in sums}
        for one in within(changed, enrolments):
            key = getattr(one, group)
            found[key] = found.get(key, Figure(0, 0)) + one
        return found


def preview(category: Category, rules: CategoryRules, *, today: date) -> list[DayFigure]:
    """What rules find on the last 14 dawns, today's last; empty when nobody would be judged. Nothing is kept."""
    if not rules.is_on:
        return []
    days = [today - timedelta(days=back) for back in reversed(range(PREVIEW_DAYS))]
    joiners = category.judges_new_joiners
    tasks = [
        task
        for on in days
        for task in match.tasks_under(rules, category.code, on, judges_new_joiners=joiners)
    ]
    found = everybody.tallies(tasks)
    totals = [(on, found[category.code, on].total()) for on in days]
    return [
        DayFigure(on, total[State.MET] + total[State.MISSED], total[State.MISSED]) for on, total in totals
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """One person's follow-up; `note` is in clear, `answered_by` empty where it was not kept."""

    state: FollowUpState
    reason: str
    claimed_by: str
    claimed_at: datetime | None
    answered_by: str
    answered_at: datetime | None
    note: str


def latest_runs(on: date, category: str = "") -> QuerySet[MatchRun]:
    """The matches of a day that count, of one category or all."""
    found = MatchRun.objects.filter(on=on, is_latest=True)
    return found.filter(category=category) if category else found


def found_on(runs: QuerySet[MatchRun], staff: Iterable[UUID], reach: Reach, *, at: datetime) -> set[UUID]:
    """Which of some people in the reader's reach a day's matches found: about them there is something to answer."""
    wanted = set(staff)
    found = MatchFinding.objects.filter(run__in=runs, staff__in=wanted)
    if is_employers(reach):  # of whom nothing shows to them, `unseen` tells
        shows = StaffLatest.objects.filter(staff=OuterRef("staff"), shown_from__isnull=False)
        found = found.filter(Exists(shows))
    kept = set(found.values_list("staff_id", flat=True))
    mine = runs.filter(category__in=Enrolment.objects.within(reach).values("category"))
    return kept | {one.staff for one in unseen(mine, reach, at=at) if one.is_judged and one.staff in wanted}


def progress_of(
    on: date, staff: Iterable[UUID], reach: Reach, *, with_notes: bool
) -> Mapping[UUID, Progress]:
    """The follow-ups of some people who are in the reader's reach; notes, which may tell of health, if asked for.

    Of whom nothing shows to the employer, only what the employer answered: officers take up whom the match found.
    """
    wanted = list(staff)
    sight = sight_of(wanted, reach)
    rows = taken_up(FollowUp.objects.filter(on=on, staff__in=wanted))
    return {
        row.staff_id: Progress(
            state=FollowUpState(row.state),
            reason=row.reason,
            claimed_by=row.claimed_by,
            claimed_at=row.claimed_at,
            answered_by=row.answered_by,
            answered_at=row.answered_at,
            note=row.note if with_notes else "",
        )
        for row in rows
        if row.is_employers is not sight.shows(row.staff_id)
    }
