"""Answers take the same time whether or not an account exists (T6). Nightly: a thousand pairs each."""

import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.core.errors import Refusal
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.promise("T6"), pytest.mark.nightly]

PAIRS = 1_000
ROUNDS = 3  # equal times fail one round in twenty by chance, three in a row one in eight thousand


def p_value(differences: list[float]) -> float:
    """Two-sided p of the Wilcoxon signed-rank test, by the normal approximation."""
    ranked = sorted((d for d in differences if d), key=abs)
    n = len(ranked)
    positive = sum(rank for rank, d in enumerate(ranked, start=1) if d > 0)
    mean, deviation = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return math.erfc(abs(positive - mean) / deviation / math.sqrt(2))


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    with suppress(Refusal):
        act()
    return time.perf_counter() - start


def look_equal(act: Callable[[str, int], object], known: str, unknown: str) -> bool:
    """Whether a thousand interleaved pairs, in random order, cannot tell the two apart in one of the rounds."""
    number = 0
    for _round in range(ROUNDS):
        differences = []
        for _pair in range(PAIRS):
            number += 1
            times = {}
            for who in random.sample([known, unknown], 2):
                times[who] = seconds(lambda who=who, number=number: act(who, number))  # type: ignore[misc]
            differences.append(times[known] - times[unknown])
        if p_value(differences) > 0.05:
            return True
    return False


def address(number: int) -> str:
    return f"2001:db8:{number:x}::1"


def test_the_test_can_tell_times_apart() -> None:
    assert p_value([random.gauss(0, 1) for _ in range(PAIRS)]) > 1e-6
    assert p_value([random.gauss(0.3, 1) for _ in range(PAIRS)]) < 1e-6


def test_wrong_password_and_unknown_name(cast: Cast, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = cast.users["town"]
    user.set_password("a password of its own")
    user.save()

    def act(name: str, number: int) -> object:
        return services.check_password(name, "wrong", address=address(number), at=NOON)

    assert look_equal(act, "town", "nowt")


def test_asking_for_a_passcode(cast: Cast) -> None:
    def act(phone: str, number: int) -> object:
        at = NOON + timedelta(days=number)
        return services.ask_passcode(phone, device=f"{number}", address=address(number), at=at)

    assert look_equal(act, "13800138001", "13911112222")


def test_trying_a_passcode(cast: Cast) -> None:
    def act(phone: str, number: int) -> object:
        at = NOON + timedelta(days=number)
        services.ask_passcode(phone, device=f"{number}", address=address(number), at=at)
        return services.enter_passcode(phone, "x", device=f"{number}", address=address(number), at=at)

    assert look_equal(act, "13800138001", "13911112222")
