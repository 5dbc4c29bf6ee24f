"""What a case 病例 is: its purposes, its state, its window, when it ends by itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from outpost.core.errors import Fault
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.tracing import errors

MOST_DAYS = 31
"""The longest window of a case, and of a search; and how far from its sample a window may lie."""
IDLE = timedelta(days=14)
"""Without work for so long a case closes by itself."""
LONGEST_GROUND = 300


class Purpose(Vocabulary):
    """What a case is opened for. There is no other; the value stands in the database."""

    CONTACTS = Word("contacts", "追踪密切接触者", "Finding contacts")
    SOURCE = Word("source", "查找感染来源", "Finding the source of an infection")
    REPORT = Word("report", "核实病例报告", "Verifying the report of a case")


class Ending(Vocabulary):
    """Why a case was closed. The value stands in the database."""

    DONE = Word("done", "流调已完成", "The tracing is done")
    DECLINED = Word("declined", "未获同意", "It was not agreed to")
    MISTAKEN = Word("mistaken", "开错或结果有误", "Opened by mistake, or the result was wrong")
    IDLE = Word("idle", "长期无人办理，自动结案", "Nobody worked on it")


class State(Vocabulary):
    """Where a case stands."""

    WAITING = Word("waiting", "待第二人同意", "Waits for a second officer", Tone.WARNING)
    OPEN = Word("open", "办理中", "Open", Tone.RUNNING)
    CLOSED = Word("closed", "已结案", "Closed", Tone.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a case may have been infectious, half-open."""

    begins_at: datetime
    ends_at: datetime

    def holds(self, begins_at: datetime, ends_at: datetime) -> bool:
        """Whether a search lies in it."""
        return self.begins_at <= begins_at and ends_at <= self.ends_at

    def faults(self) -> Iterable[Fault]:
        """What is wrong with a span: SPAN_REVERSED, SPAN_TOO_LONG."""
        days = (self.ends_at - self.begins_at) / timedelta(days=1)
        if days <= 0:
            yield Fault("ends_on", errors.SPAN_REVERSED)
        elif days > MOST_DAYS:
            yield Fault("ends_on", errors.SPAN_TOO_LONG, {"most": MOST_DAYS, "found": round(days)})

    def is_near(self, sampled_at: datetime) -> bool:
        """Whether the window of a case lies around the sample on which it rests: an old result opens no window on
        today."""
        margin = timedelta(days=MOST_DAYS)
        return self.begins_at - margin <= sampled_at <= self.ends_at + margin


def state_of(approved_at: datetime | None, closed_at: datetime | None) -> State:
    """Where a case stands."""
    if closed_at is not None:
        return State.CLOSED
    return State.OPEN if approved_at is not None else State.WAITING
