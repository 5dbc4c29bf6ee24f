"""跟进: a subject that was found on a day is taken up, answered for with a reason, and closed.

An instrument keeps its follow-ups in a table of its own (`FollowUpRow` and the column of its subject). It says which
subjects lie in reach, which right an act needs, which reasons there are, and writes the audit row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from django.db import models

from outpost.alerts.errors import FOLLOW_UP_NOTE, FOLLOW_UP_REASON, FOLLOW_UP_STATE
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.vocabulary import Tone, Vocabulary, Word

LONGEST_NOTE = 200


class FollowUpState(Vocabulary):
    """How far a follow-up has come; the value stands in the database. NOBODY is no different from no row."""

    NOBODY = Word("", "未认领", "Nobody yet")
    CLAIMED = Word("claimed", "已认领", "Claimed", Tone.RUNNING)
    ANSWERED = Word("answered", "已答复", "Answered", Tone.WARNING)
    CLOSED = Word("closed", "已办结", "Closed", Tone.GOOD)


class Act(StrEnum):
    """What can be done about a subject."""

    CLAIM = "claim"
    RELEASE = "release"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class _Step:
    """From which states an act leads to which."""

    since: frozenset[FollowUpState]
    to: FollowUpState


_NOBODY, _CLAIMED, _ANSWERED, _CLOSED = FollowUpState
_STEPS: Mapping[Act, _Step] = {
    Act.CLAIM: _Step(frozenset({_NOBODY}), _CLAIMED),
    Act.RELEASE: _Step(frozenset({_CLAIMED}), _NOBODY),
    Act.ANSWER: _Step(frozenset({_NOBODY, _CLAIMED, _ANSWERED}), _ANSWERED),
    Act.CLOSE: _Step(frozenset({_CLAIMED, _ANSWERED}), _CLOSED),
    Act.REOPEN: _Step(frozenset({_CLOSED}), _CLAIMED),
}


class FollowUpRow(models.Model):
    """The columns of a follow-up. `sealed_note` says more than the reason does, and may tell of health.

    A table adds the foreign key of its subject, one row for each day `on` and subject, and its `sealing_context`.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    on = models.DateField()
    state = models.TextField()
    reason = models.TextField(blank=True, default="")
    sealed_note = models.BinaryField(null=True)
    claimed_by = models.TextField(blank=True, default="")
    claimed_at = models.DateTimeField(null=True)
    answered_by = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def sealing_context(self) -> str:
        raise NotImplementedError

    @property
    def note(self) -> str:
        """In clear; empty without one."""
        return ring().open(self.sealed_note, self.sealing_context).decode() if self.sealed_note else ""


RowT = TypeVar("RowT", bound=FollowUpRow)


@dataclass(frozen=True, slots=True)
class Answer:
    """Why, and what else there is to say."""

    reason: str = ""
    note: str = ""


NO_ANSWER = Answer()


def check_answer(act: Act, answer: Answer, reasons: Collection[str]) -> None:
    """Raise FOLLOW_UP_REASON for an answer without one of the reasons, FOLLOW_UP_NOTE for a note that is too long."""
    if act is Act.ANSWER and answer.reason not in reasons:
        raise Refusal(FOLLOW_UP_REASON)
    if len(answer.note) > LONGEST_NOTE:
        raise Refusal(FOLLOW_UP_NOTE, found=len(answer.note), limit=LONGEST_NOTE)


def locked_rows(new: Sequence[RowT], *, subject: str, **alike: object) -> list[RowT]:
    """The locked rows of some subjects of one day, in the order of their column `subject`; those that nobody has
    taken up are made of `new`, in a state that no one sees outside. `alike`: further columns by which a subject's rows
    of the day are told apart. Call it in a transaction."""
    table = type(new[0])._default_manager  # noqa: SLF001 - Django's public name of a model's manager
    table.bulk_create(new, ignore_conflicts=True)
    same = {"on": new[0].on, f"{subject}__in": [getattr(row, subject) for row in new], **alike}
    return list(table.select_for_update().filter(**same).order_by(subject))


def do(act: Act, rows: Sequence[FollowUpRow], answer: Answer, *, by: str, at: datetime) -> None:
    """Do it for all of the locked rows. Raises FOLLOW_UP_STATE, before any is changed, when one stands otherwise."""
    step = _STEPS[act]
    if odd := sum(row.state not in step.since for row in rows):
        raise Refusal(FOLLOW_UP_STATE, count=odd)
    for row in rows:
        row.state = step.to.value
        changed = _apply(act, row, answer, by, at)
        row.save(update_fields=["state", *changed])


def _apply(act: Act, row: FollowUpRow, answer: Answer, by: str, at: datetime) -> tuple[str, ...]:
    """Fill the columns of an act; returns which."""
    match act:
        case Act.CLAIM | Act.REOPEN:
            row.claimed_by, row.claimed_at, row.closed_at = by, at, None
            return ("claimed_by", "claimed_at", "closed_at")
        case Act.RELEASE:
            row.claimed_by, row.claimed_at = "", None
            return ("claimed_by", "claimed_at")
        case Act.ANSWER:
            note = answer.note.encode()
            row.reason, row.answered_by, row.answered_at = answer.reason, by, at
            row.sealed_note = ring().seal(note, row.sealing_context) if note else None
            return ("reason", "answered_by", "answered_at", "sealed_note")
        case Act.CLOSE:
            row.closed_at = at
            return ("closed_at",)


def taken_up(rows: models.QuerySet[RowT]) -> models.QuerySet[RowT]:
    """Those of the rows that somebody has taken up."""
    return rows.exclude(state=FollowUpState.NOBODY)
