"""Rules of a site's prevention file 工地疫情防控信息: stock and use, what is missing, checklists. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from outpost.core.vocabulary import Tone, Vocabulary, Word

LONGEST_ROLE, LONGEST_NOTE = 40, 500
MOST_MEMBERS, MOST_QUANTITY = 50, 1_000_000
FARTHEST_BACK_DAYS = 366
"""How far back a movement may be dated."""
LOW_DAYS = 7
"""Where an item does not say otherwise: a warning below so many days of stock."""
USE_DAYS = (7, 14)
"""Present use is that of these last days, whichever is faster: a warning too early costs less than one too late."""


class Unit(Vocabulary):
    """What an item is counted in."""

    PIECE = Word("piece", "只", "pieces")
    STICK = Word("stick", "支", "sticks")
    BOTTLE = Word("bottle", "瓶", "bottles")
    LITRE = Word("litre", "升", "litres")
    BOX = Word("box", "盒", "boxes")
    SET = Word("set", "套", "sets")
    TEST = Word("test", "份", "tests")


class SupplyState(Vocabulary):
    """How the stock of an item is."""

    ENOUGH = Word("enough", "充足", "Enough", Tone.GOOD)
    LOW = Word("low", "偏低", "Low", Tone.WARNING)
    OUT = Word("out", "已用完", "Used up", Tone.BAD)
    UNUSED = Word("unused", "近 14 天未使用", "No use in 14 days")


class ChecklistState(Vocabulary):
    """复工检查表: kept, sent to the station, judged by it."""

    DRAFT = Word("draft", "草稿", "Draft")
    SUBMITTED = Word("submitted", "待审核", "To be judged", Tone.RUNNING)
    ACCEPTED = Word("accepted", "通过", "Accepted", Tone.GOOD)
    TO_MEND = Word("to_mend", "待整改", "To be mended", Tone.WARNING)


class Gap(Vocabulary):
    """What is missing in a prevention file."""

    GROUP = Word("group", "防疫小组未填", "Nobody in the prevention group")
    HOSPITAL = Word("hospital", "对口医院未填", "No paired hospital stated")
    SUPPLIES = Word("supplies", "防疫物资未登记", "No supplies entered")
    CHECKLIST = Word("checklist", "复工检查表未提交", "No checklist submitted")
    MEND = Word("mend", "复工检查表待整改", "Checklist to be mended")


class Look(Vocabulary):
    """Which prevention files a list shows."""

    INCOMPLETE = Word("incomplete", "防控信息不全", "Prevention files incomplete")
    LOW = Word("low", "物资不足", "Low stock")
    TO_JUDGE = Word("to_judge", "检查表待审核", "Checklists to be judged")


@dataclass(frozen=True, slots=True)
class DayMoves:
    """What a day brought of one item: `change` of the stock, and what was `used` (corrections take it back)."""

    day: date
    change: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Stock:
    """An item at a site: how much is there, how many days it lasts at the present use (None: no use yet)."""

    quantity: int
    days_left: int | None
    state: SupplyState


def stock_of(moves: Iterable[DayMoves], *, today: date, low_days: int) -> Stock:
    """What the movements of an item come to. No use is not "for ever": it is said as such."""
    known = list(moves)
    quantity = sum(one.change for one in known)
    pace = _pace(known, today)
    days_left = None if pace is None else int(quantity / pace)
    if quantity == 0:
        state = SupplyState.OUT
    elif days_left is None:
        state = SupplyState.UNUSED
    else:
        state = SupplyState.LOW if days_left < low_days else SupplyState.ENOUGH
    return Stock(quantity, days_left, state)


def _pace(moves: list[DayMoves], today: date) -> Fraction | None:
    """The use of a day; of a ledger that is younger than the span, since it began."""
    begun = min((one.day for one in moves), default=today)
    paces = []
    for days in USE_DAYS:
        first = max(begun, today - timedelta(days=days - 1))
        used = sum(one.used for one in moves if first <= one.day <= today)
        paces.append(Fraction(used, (today - first).days + 1))
    return max(paces) or None


def most_out(moves: Iterable[DayMoves], day: date) -> int:
    """How much may leave the stock on a day: what is left at its end and at the end of every later one."""
    by_day: dict[date, int] = {day: 0}
    for one in moves:
        by_day[one.day] = by_day.get(one.day, 0) + one.change
    balance, least = 0, None
    for on in sorted(by_day):
        balance += by_day[on]
        if on >= day:
            least = balance if least is None else min(least, balance)
    return max(0, least or 0)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is on file of one site. `latest`: how its latest checklist stands that is no draft."""

    members: int
    has_hospital: bool
    supplies: tuple[SupplyState, ...]
    latest: ChecklistState | None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing, in the order of the page; what waits for the station is not the site's to bring."""
        missing = (
            (Gap.GROUP, not self.members),
            (Gap.HOSPITAL, not self.has_hospital),
            (Gap.SUPPLIES, not self.supplies),
            (Gap.CHECKLIST, self.latest is None),
            (Gap.MEND, self.latest is ChecklistState.TO_MEND),
        )
        return tuple(gap for gap, is_missing in missing if is_missing)

    @property
    def is_low(self) -> bool:
        return any(one in (SupplyState.LOW, SupplyState.OUT) for one in self.supplies)

    def meets(self, look: Look) -> bool:
        """Whether a list of this look shows the site."""
        if look is Look.INCOMPLETE:
            return bool(self.gaps)
        return self.is_low if look is Look.LOW else self.latest is ChecklistState.SUBMITTED
