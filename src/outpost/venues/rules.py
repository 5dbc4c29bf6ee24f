"""What is decided about venues and visits, from what is stated and known. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from outpost.core.errors import Problem, Refusal
from outpost.core.rights import Role, ScopeKind
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.health.daily import RECHECK, is_better, is_failed
from outpost.venues import errors

VENUE = ScopeKind("venue", "场所", "Venue", {Role.MANAGER, Role.INSPECTOR})

MAIN_ENTRANCE = "正门"
LONGEST_CHECKPOINT = 30
MOST_CHECKPOINTS = 50
LONGEST_KIND, LONGEST_USUAL = 30, 24 * 60
"""Characters of a kind's name, minutes of its usual stay."""
FARTHEST_AHEAD = timedelta(minutes=5)
FARTHEST_BACK = timedelta(days=14)
KEPT_IDS = timedelta(days=30)
"""How long a repeated check-in is known again: longer than any gate holds one back."""
FARTHEST_KNOWN = FARTHEST_BACK + KEPT_IDS
"""A visit that lies further back was never kept, and cannot be a repetition of one."""
HAND_OVER_WAITS = timedelta(days=7)
"""How long somebody who is named to take a venue over may think about it."""
REMINDED_AFTER = (timedelta(days=3), timedelta(days=6))
"""When whoever is named as manager and has not answered is reminded: the last time while they can still answer."""
REMINDED_FROM, REMINDED_UNTIL = time(9), time(20)
"""Local: nobody's phone rings at night for it."""
JOINED_WITHIN_DAYS, LONGEST_TO_JOIN = 7, 30
"""How many days a join code 申报码 is good, usually and at most."""
MOST_BRANCHES = 500
"""How many branches a chain may be let enter: each names a phone that gets a message."""
USUAL_MEMBERS, MOST_MEMBERS = 20, 200
"""How many members a join code lets a venue have."""
COLDEST, HOTTEST = Decimal("34.0"), Decimal("43.0")
NORMAL_UP_TO = Decimal("37.3")
"""A temperature above it is abnormal."""

_PARTED = re.compile(r"[、,，;；\n]")


def checkpoint_names(text: str) -> tuple[str, ...]:
    """The checkpoints 检测点 that a cell names, each once, in its order. Raises Refusal: too long, too many."""
    names = tuple(dict.fromkeys(" ".join(part.split()) for part in _PARTED.split(text) if part.strip()))
    if len(names) > MOST_CHECKPOINTS:
        raise Refusal(errors.TOO_MANY_CHECKPOINTS, found=len(names), most=MOST_CHECKPOINTS)
    for name in names:
        if len(name) > LONGEST_CHECKPOINT:
            raise Refusal(errors.CHECKPOINT_TOO_LONG, found=name, most=LONGEST_CHECKPOINT)
    return names


_UNIT_ENDINGS = (
    "公司",
    "店",
    "场",
    "馆",
    "院",
    "校",
    "站",
    "中心",
    "局",
    "所",
    "厅",
    "部",
    "厂",
    "社",
    "园",
    "会",
    "行",
    "小区",
    "政府",
)
_ADDRESS = re.compile(r"(路|街|巷|大道|[0-9０-９一二三四五六七八九十]+(号|栋|幢|楼|层|室|单元|座))$")
_SHORTEST_UNIT = 5


def doubt_of_name(name: str) -> Problem | None:
    """Why what is stated may not be the full name of a unit: it reads like an address, or like an abbreviation. It is
    asked back and never refused."""
    if _ADDRESS.search(name):
        return errors.NAME_LIKE_ADDRESS
    is_short = len(name) < _SHORTEST_UNIT or not name.endswith(_UNIT_ENDINGS)
    return errors.NAME_ABBREVIATED if is_short and not name.isascii() else None


class Answer(Vocabulary):
    """What whoever is named as manager of a venue has said."""

    GIVEN = Word("given", "已有管理员", "Has its manager", Tone.GOOD)
    WAITS = Word("waits", "待管理员确认", "Waits for its manager", Tone.WARNING)
    SILENT = Word("silent", "逾期未答复", "No answer in a week", Tone.WARNING)
    DECLINED = Word("declined", "对方已谢绝", "Declined", Tone.BAD)
    UNASKED = Word("unasked", "无人受邀", "Nobody is asked", Tone.WARNING)


class Mark(Vocabulary):
    """What is remarkable about a check-in; it changes nothing that follows from one."""

    REMOTE = Word("remote", "异地", "Remote", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class Point:
    """A place on Earth, in degrees."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where a phone says that it is, when its holder agreed; `accuracy` in metres, with what was rounded off."""

    point: Point
    accuracy: float


_EARTH_RADIUS = 6_371_000


def distance(one: Point, other: Point) -> float:
    """Metres between two points along the ground."""
    low, high = radians(one.latitude), radians(other.latitude)
    east = sin(radians(other.longitude - one.longitude) / 2) ** 2 * cos(low) * cos(high)
    return 2 * _EARTH_RADIUS * asin(sqrt(min(1.0, sin((high - low) / 2) ** 2 + east)))


def is_remote(venue: Point | None, phone: Position | None, *, beyond: float) -> bool:
    """Whether a phone is known to be more than so many metres from a venue, even where it is as near as its accuracy
    lets it be. Where either is not known, nothing is."""
    if venue is None or phone is None:
        return False
    return distance(venue, phone.point) - phone.accuracy > beyond


class Unlike(Vocabulary):
    """How a venue differs from itself on the same weekday before, or from one where people stand at the door."""

    REMOTE = Word("remote", "异地打卡多", "Many from afar", Tone.WARNING)
    DROP = Word("drop", "明显减少", "Far fewer", Tone.WARNING)
    RISE = Word("rise", "明显增多", "Far more", Tone.WARNING)


LEAST_COMPARED = 20
"""Check-ins below which chance alone makes half or double."""


MANY_REMOTE, REMOTE_SHARE = 10, 20
"""From how many remote check-ins on a day, and from which part (one in so many) of all of it, a venue stands out: most
phones state no position, and a few of a crowd are measured wrongly."""


def has_many_remote(remote: int, check_ins: int) -> bool:
    """Whether a day's remote check-ins are so many that its code may go round as a picture, or its point is wrong."""
    return remote >= MANY_REMOTE and remote * REMOTE_SHARE >= check_ins


def unlike(so_far: int, usual: int | None) -> Unlike | None:
    """Whether so many check-ins are less than half or more than twice the usual number; None where they are not, or too
    few to say."""
    if usual is None or max(so_far, usual) < LEAST_COMPARED:
        return None
    if so_far * 2 < usual:
        return Unlike.DROP
    return Unlike.RISE if so_far > usual * 2 else None


class CheckInSource(Vocabulary):
    """How a check-in came to be recorded."""

    PHONE = Word("phone", "手机", "Phone")
    PAPER = Word("paper", "纸质登记", "Paper form")
    GATE = Word("gate", "检测点设备", "Device at the checkpoint")


LONGEST_STAY = timedelta(days=7)
"""From check-in to check-out; the database keeps it (migration 0010)."""


SHORTEST_STAY = timedelta(minutes=1)
"""Who says sooner that they leave has touched by mistake: the usual stay goes on counting."""
ENDED_WITHIN = timedelta(days=1)
"""How long somebody may say that they leave; after that the usual stay counts."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """When somebody says that they left, of a visit that they made then and that arrived here then."""

    left_at: datetime
    came_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """What a venue code stands for. `ended_at`: when the code was revoked, its checkpoint or its venue closed;
    `checks_out`: who comes is offered to say when they leave."""

    venue_id: UUID
    venue: str
    checkpoint_id: UUID
    checkpoint: str
    ended_at: datetime | None = None
    point: Point | None = None
    checks_out: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody states of a check-in 打卡, apart from where."""

    occurred_at: datetime
    temperature: Decimal | None = None


class Outcome(Vocabulary):
    """What became of somebody with an abnormal temperature."""

    NORMAL = Word("normal", "复测正常", "Normal when measured again", Tone.GOOD)
    HOSPITAL = Word("hospital", "已送发热门诊", "Brought to a fever clinic")
    HOME = Word("home", "已劝返居家", "Sent home")
    LEFT = Word("left", "已自行离开", "Left by themselves", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read of one person at a gate, and how: `first` is the one that counts, `failed` one before it that said
    nothing of the person. `waited`: how long after the first the second was, None: not said."""

    first: Decimal | None = None
    method: str = ""
    second: Decimal | None = None
    second_method: str = ""
    waited: timedelta | None = None
    failed: Decimal | None = None
    failed_method: str = ""

    @property
    def in_order(self) -> "Readings":
        """The same with the reading first that counts: a failed one before another stands beside it, a fever after a
        normal one is the first."""
        if self.second is None:
            return self
        later = Readings(self.second, self.second_method)
        if is_failed(self.first):
            failed = (self.first, self.method) if self.failed is None else (self.failed, self.failed_method)
            return replace(later, failed=failed[0], failed_method=failed[1])
        if self.second > NORMAL_UP_TO and (self.first is None or self.first <= NORMAL_UP_TO):
            return replace(later, failed=self.failed, failed_method=self.failed_method)
        return self

    @property
    def has_failed(self) -> bool:
        """Whether a measurement failed, whatever followed."""
        return self.failed is not None or is_failed(self.first)

    @property
    def is_fever(self) -> bool:
        return self.first is not None and self.first > NORMAL_UP_TO

    @property
    def is_taken_back(self) -> bool:
        """Whether the second reading took the first one back: normal, late enough, by a better method. Until then the
        higher one counts."""
        if self.second is None or self.second > NORMAL_UP_TO or is_failed(self.second):
            return False
        return (
            self.waited is not None and self.waited >= RECHECK and is_better(self.second_method, self.method)
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """An abnormal temperature at a gate; `id` is that of the gate's entry. `isolated` None: nobody said."""

    id: UUID
    venue_id: UUID
    checkpoint_id: UUID
    member_id: UUID
    occurred_at: datetime
    readings: Readings
    isolated: bool | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """What an inspector did at a checkpoint on a local day, to be added to what is counted there."""

    venue_id: UUID
    day: date
    member_id: UUID
    checkpoint_id: UUID
    check_ins: int = 0
    temperatures: int = 0
    abnormal: int = 0
    failed: int = 0
    turned_away: int = 0


def why_not(visit: Visit, place: Place, *, at: datetime) -> Problem | None:
    """Why a visit does not count, seen at an instant. What was scanned while a code was good counts when it is sent."""
    if visit.occurred_at > at + FARTHEST_AHEAD:
        return errors.TIME_AHEAD
    if visit.temperature is not None and not COLDEST <= visit.temperature <= HOTTEST:
        return errors.NO_TEMPERATURE
    if place.ended_at is not None and visit.occurred_at >= place.ended_at:
        return errors.CODE_ENDED
    return errors.TIME_PAST if visit.occurred_at < at - FARTHEST_BACK else None


def why_not_left(leaving: Leaving, *, at: datetime) -> Problem | None:
    """Why an end of a visit does not count, seen at an instant. A phone may keep one without network, as long as its
    check-in waited there and for a day after: nobody shortens a stay once it is known whom they met there."""
    if leaving.left_at > at + FARTHEST_AHEAD:
        return errors.TIME_AHEAD
    if leaving.left_at < leaving.came_at + SHORTEST_STAY:
        return errors.LEFT_AT_ONCE
    is_late = leaving.left_at > leaving.came_at + ENDED_WITHIN
    is_old = max(leaving.left_at, leaving.received_at) < at - ENDED_WITHIN
    return errors.NO_OPEN_VISIT if is_late or is_old else None


def reminders_due(asked_at: datetime, *, at: datetime) -> int:
    """How many times whoever is named should have been reminded by then; what was missed is made up for by one."""
    return sum(asked_at + after <= at for after in REMINDED_AFTER)


def is_daytime(at: datetime, zone: tzinfo) -> bool:
    """Whether a phone may ring for a reminder."""
    return REMINDED_FROM <= at.astimezone(zone).time() < REMINDED_UNTIL


def next_reminder(asked_at: datetime, sent: int, *, zone: tzinfo) -> datetime | None:
    """When whoever was asked then and reminded so many times is reminded next; None after the last one."""
    if sent >= len(REMINDED_AFTER):
        return None
    due = (asked_at + REMINDED_AFTER[sent]).astimezone(zone)
    if is_daytime(due, zone):
        return due
    day = due.date() + timedelta(days=due.time() >= REMINDED_UNTIL)
    return datetime.combine(day, REMINDED_FROM, zone)
