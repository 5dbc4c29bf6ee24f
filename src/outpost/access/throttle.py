"""Counting tries in the database, so that every process and every parallel try is counted.

How the limits keep promise A1 (at most 5e-5 success by guessing, per phone and day): a code of six digits is
right once in a million; strangers get `STRANGER_TRIES` of 25 in a window of a day, so 50 in any 24 hours, on
whatever codes they hold. How they keep T6 and A6 (nobody locks somebody else out): a passcode counts only on the
device that asked for it, so strangers burn only codes of their own; locks hold for account and source together, and
one source has only a part of what strangers may do to a phone in all; devices that have signed in before have
counters of their own. Where many sources have used up the total, a new device gets in by a code that an officer gives
out on sight, which is too long to be guessed and counted nowhere.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import transaction

from outpost.access.models import Throttle
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal
from outpost.core.spans import in_words

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
IPV6_CUSTOMER_BITS = 64  # one customer's addresses differ in the lower half only


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` in `window`. With `first_lock` the last of them and every one after it starts a lock that
    doubles up to `longest_lock`; without, further tries wait for the end of the window."""

    kind: str
    tries: int
    window: timedelta
    first_lock: timedelta | None = None
    longest_lock: timedelta = HOUR

    def lock_after(self, count: int) -> timedelta | None:
        """The lock that the `count`-th try starts; None when it starts none."""
        if self.first_lock is None or count < self.tries:
            return None
        doublings = min(count - self.tries, 20)
        return min(self.first_lock * (1 << doublings), self.longest_lock)


# Per account and source; the account may not exist.
PASSWORD_TRIES = Limit("password", 5, DAY, first_lock=timedelta(minutes=1))
PASSCODE_TRIES = Limit("passcode", 5, DAY, first_lock=timedelta(minutes=1))
# Per account alone: only who knows the first factor gets here.
SECOND_FACTOR_TRIES = Limit("second_factor", 10, DAY, first_lock=timedelta(minutes=5), longest_lock=DAY)
# Per source, over all accounts.
SOURCE_TRIES = Limit("source.tries", 100, HOUR)
SOURCE_CODES = Limit("source.codes", 60, HOUR)
# Per phone, for devices that have not signed in to it before: of one source, and of all.
STRANGER_TRIES_OF_SOURCE = Limit("phone.source.tries", 9, DAY)
STRANGER_CODES_OF_SOURCE = Limit("phone.source.codes", 4, DAY)
STRANGER_TRIES = Limit("phone.tries", 25, DAY)
STRANGER_CODES = Limit("phone.codes", 10, DAY)
# Per phone and device that has signed in to it.
KNOWN_CODES = Limit("device.codes", 10, DAY)
# Per account of a citizen: pages and acts of their own.
CITIZEN_REQUESTS = Limit("citizen.requests", 600, HOUR)
# Over everything: what spraying many phones from many sources can reach. Known devices are exempt.
ALL_TRIES = Limit("all.tries", 2_000, HOUR)
ALL_CODES = Limit("all.codes", 10_000, HOUR)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`locked_until_at` is None when the try may go on. `starts_lock`: this try, if wrong, locks what follows."""

    locked_until_at: datetime | None
    starts_lock: bool = False

    def __bool__(self) -> bool:
        return self.locked_until_at is None


def source_of(address: str) -> str:
    """The source that an address stands for: itself, or the customer's network (/64) in IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return f"{int(parsed) >> IPV6_CUSTOMER_BITS:x}"
    return str(parsed)


def take(limit: Limit, *subject: str, at: datetime) -> Verdict:
    """Count one try before it is looked at. Commits at once unless the caller holds a transaction."""
    key = _key(limit, subject)
    with transaction.atomic():
        Throttle.objects.bulk_create([Throttle(key=key, window_started_at=at)], ignore_conflicts=True)
        row = Throttle.objects.select_for_update().get(key=key)
        if row.locked_until_at is not None and row.locked_until_at > at:
            return Verdict(row.locked_until_at)
        if at - row.window_started_at >= limit.window:
            row.count, row.window_started_at = 0, at
        if limit.first_lock is None and row.count >= limit.tries:
            return Verdict(row.window_started_at + limit.window)
        row.count += 1
        lock = limit.lock_after(row.count)
        row.locked_until_at = at + lock if lock else None
        row.save(update_fields=["count", "window_started_at", "locked_until_at"])
        return Verdict(None, starts_lock=lock is not None)


def count(limit: Limit, *subject: str, problem: Problem, at: datetime) -> None:
    """Count one try. Raises Refusal `problem` with the `minutes` to wait when it may not go on (`refuse`)."""
    refuse(take(limit, *subject, at=at), problem=problem, at=at)


def refuse(verdict: Verdict, *, problem: Problem, at: datetime) -> None:
    """Raises Refusal `problem` with the whole `minutes` to wait, at least one, when the try may not go on; `wait` says
    them in words."""
    if verdict.locked_until_at is not None:
        minutes = max(1, math.ceil((verdict.locked_until_at - at).total_seconds() / 60))
        raise Refusal(problem, minutes=minutes, wait=in_words(timedelta(minutes=minutes)))


def give_back(limit: Limit, *subject: str) -> None:
    """Uncount a try that turned out right."""
    with transaction.atomic():
        row = Throttle.objects.select_for_update().filter(key=_key(limit, subject)).first()
        if row is not None and row.count:
            row.count -= 1
            row.save(update_fields=["count"])


def clear(limit: Limit, *subject: str) -> None:
    """Forget all tries, after the right secret was given or an administrator has set a new one."""
    Throttle.objects.filter(key=_key(limit, subject)).update(count=0, locked_until_at=None)


def sweep(*, at: datetime) -> int:
    """Delete counters whose window and lock are over; returns how many."""
    old = Throttle.objects.filter(window_started_at__lt=at - 2 * DAY).exclude(locked_until_at__gt=at)
    return old.delete()[0]


def _key(limit: Limit, subject: tuple[str, ...]) -> str:
    return f"{limit.kind}:{ring().search_hash('access.throttle', '|'.join(subject)).hex()}"
