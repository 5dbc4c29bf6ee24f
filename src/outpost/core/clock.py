"""Time. `now()` is called by doors only; everything below them takes `at` as an argument."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The zone whose calendar days the rules count (setting `OUTPOST_TIME_ZONE`, Asia/Shanghai by default)."""
    return ZoneInfo(settings.TIME_ZONE)


def local_day(at: datetime) -> date:
    """The calendar day of an instant in the configured zone."""
    return at.astimezone(zone()).date()


def day_start(day: date) -> datetime:
    """The first instant of a local day, as UTC."""
    return datetime.combine(day, time.min, tzinfo=zone()).astimezone(UTC)


def day_span(first: date, last: date) -> tuple[datetime, datetime]:
    """The half-open instants [start of `first`, end of `last`)."""
    return day_start(first), day_start(last + timedelta(days=1))
