"""Attacks on the phone door with committed transactions and real threads (A1)."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from outpost.access import services, throttle
from outpost.access.models import Passcode, Throttle, User
from outpost.access.services import passcodes
from outpost.access.services.accounts import new_phone_account
from outpost.access.services.second_factor import check_second_factor, code_at
from outpost.access.tests.support import HERE, SECRET, enrolled
from outpost.access.throttle import STRANGER_TRIES, Limit
from outpost.core.errors import Refusal
from outpost.testing.cast import NOON

pytestmark = [pytest.mark.promise("A1"), pytest.mark.slow]
committed = pytest.mark.django_db(transaction=True)

PHONE = "13800138009"


@pytest.fixture
def phone_account(db: None) -> User:
    user = new_phone_account(PHONE, at=NOON)
    user.save(force_insert=True)
    return user


def at_once(count: int, act: Callable[[int], bool]) -> int:
    """Run `act` in so many threads, each with its own connection; returns how many said yes."""

    def run(number: int) -> bool:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(run, range(count)))


@committed
def test_twenty_parallel_guesses_count_as_twenty() -> None:
    limit = Limit("test.parallel", 5, timedelta(days=1))
    assert at_once(20, lambda _n: bool(throttle.take(limit, "account", at=NOON))) == 5
    plenty = Limit("test.count", 1_000, timedelta(days=1))
    at_once(20, lambda _n: bool(throttle.take(plenty, "account", at=NOON)))
    assert Throttle.objects.get(key=throttle._key(plenty, ("account",))).count == 20


@committed
def test_parallel_guesses_from_many_addresses_get_five_tries_at_one_code(
    phone_account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    hash_of = passcodes._code_hash
    services.ask_passcode(PHONE, device="thief", address=HERE, at=NOON)

    def counted(passcode: Passcode, code: str) -> bytes:
        looked_at.append(code)
        return hash_of(passcode, f"not {code}")

    monkeypatch.setattr(passcodes, "_code_hash", counted)

    def guess(number: int) -> bool:
        address = f"198.51.100.{number}"
        try:
            services.enter_passcode(PHONE, f"{number:06}", device="thief", address=address, at=NOON)
        except Refusal:
            return False
        return True

    assert at_once(20, guess) == 0
    assert len(looked_at) == 5
    assert Passcode.objects.get().tries == 5


@committed
def test_single_use_code_lets_one_of_many_parallel_tries_in(
    phone_account: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTPOST_PASSCODE_REUSE = "off"
    monkeypatch.setattr(passcodes, "_digits", lambda _id: "004321")
    services.ask_passcode(PHONE, device="mine", address=HERE, at=NOON)

    def enter(number: int) -> bool:
        address = f"198.51.100.{number}"
        try:
            services.enter_passcode(PHONE, "004321", device="mine", address=address, at=NOON)
        except Refusal:
            return False
        return True

    assert at_once(8, enter) == 1


@committed
def test_code_of_the_authenticator_is_taken_once_in_parallel(phone_account: User) -> None:
    enrolled(phone_account, NOON)
    code = code_at(SECRET, NOON)

    def use(_number: int) -> bool:
        try:
            return check_second_factor(phone_account, code, address=HERE, at=NOON) == "totp"
        except Refusal:
            return False

    assert at_once(8, use) == 1


@pytest.mark.django_db
def test_a_day_of_guessing_stays_below_the_promise(
    phone_account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess_all_day(300, monkeypatch)


@pytest.mark.nightly
@committed
def test_a_day_of_a_hundred_thousand_guesses_stays_below_the_promise(
    phone_account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    guess_all_day(100_000, monkeypatch)


def guess_all_day(guesses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thief with a botnet: all day long new addresses and devices, new codes, six guesses each."""
    looked_at = 0
    hash_of = passcodes._code_hash

    def counted(passcode: Passcode, code: str) -> bytes:
        nonlocal looked_at
        looked_at += 1
        return hash_of(passcode, f"not {code}")

    chance = random.Random(7)
    bursts = guesses // 6
    for burst in range(bursts):
        at = NOON + timedelta(days=1) * burst / bursts
        device, address = f"bot{burst % 40}", f"2001:db8:{burst:x}::1"
        with suppress(Refusal):
            services.ask_passcode(PHONE, device=device, address=address, at=at)
        with monkeypatch.context() as patch:
            patch.setattr(passcodes, "_code_hash", counted)
            for _ in range(6):
                guess = f"{chance.randrange(10**6):06}"
                with pytest.raises(Refusal):
                    services.enter_passcode(PHONE, guess, device=device, address=address, at=at)
    assert 0 < looked_at <= STRANGER_TRIES.tries
    assert looked_at * 1e-6 <= 5e-5
    assert Passcode.objects.count() <= 10
