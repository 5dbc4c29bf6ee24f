"""Time. `now()` is called by doors only; everything below them takes `at` as an argument."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from outpost.core.errors import DAY_OUT_OF_RANGE, Refusal

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days that can be asked for: near the ends of the calendar its arithmetic fails."""


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The zone whose calendar days the rules count (setting `OUTPOST_TIME_ZONE`, Asia/Shanghai by default)."""
    return ZoneInfo(settings.TIME_ZONE)


def local_day(at: datetime) -> date:
    """The calendar day of an instant in the configured zone."""
    return at.astimezone(zone()).date()


def check_day(day: date) -> date:
    """The same day. Raises Refusal DAY_OUT_OF_RANGE before 1900 or after 2999."""
    if not EARLIEST <= day <= LATEST:
        raise Refusal(DAY_OUT_OF_RANGE, found=day.isoformat(), first=EARLIEST, last=LATEST)
    return day


def week_to(last: date) -> date:
    """The first of the seven days that end with `last`. Raises Refusal DAY_OUT_OF_RANGE."""
    return check_day(last) - timedelta(days=6)


def day_start(day: date) -> datetime:
    """The first instant of a local day, as UTC. Raises Refusal DAY_OUT_OF_RANGE."""
    return _midnight(check_day(day))


def day_span(first: date, last: date) -> tuple[datetime, datetime]:
    """The half-open instants [start of `first`, end of `last`). Raises Refusal DAY_OUT_OF_RANGE."""
    return _midnight(check_day(first)), _midnight(check_day(last) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone()).astimezone(UTC)
