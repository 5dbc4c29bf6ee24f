"""The phone door, rule by rule (A1)."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.access.models import Passcode, Throttle, User
from outpost.access.queries import actor_of
from outpost.access.services import passcodes
from outpost.access.tests.support import ELSEWHERE, HERE, codes_printed, refused
from outpost.access.throttle import KNOWN_CODES, SOURCE_CODES, STRANGER_CODES, STRANGER_CODES_OF_SOURCE
from outpost.audit.models import AuditEntry
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("A1")

PHONE = "13800138001"  # the cast's principal
NOBODY = "13911112222"


class Door:
    """The phone door with the terminal that shows its codes."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def ask(self, device: str = "a", *, at: datetime = NOON, phone: str = PHONE, address: str = HERE) -> str:
        """Ask for a code; returns it, empty when none was sent."""
        self.capsys.readouterr()
        services.ask_passcode(phone, device=device, address=address, at=at)
        return "".join(codes_printed(self.capsys.readouterr().out))

    def enter(
        self,
        code: str,
        device: str = "a",
        *,
        at: datetime = NOON,
        phone: str = PHONE,
        address: str = HERE,
    ) -> str:
        """Try a code; returns the problem's code, "in" when it was right."""
        try:
            services.enter_passcode(phone, code, device=device, address=address, at=at)
        except Refusal as refusal:
            return refusal.code
        return "in"


@pytest.fixture
def door(cast: Cast, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(capsys)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_code_lets_in_and_is_stored_hashed(door: Door) -> None:
    code = door.ask()
    assert len(code) == 6
    row = Passcode.objects.get()
    assert code.encode() not in bytes(row.code_hash)
    assert len(bytes(row.code_hash)) == 16
    assert door.enter(code) == "in"


def test_code_is_used_again_on_its_device_only(door: Door) -> None:
    code = door.ask("a")
    assert door.enter(code, "b") == "access.wrong_passcode"
    assert door.enter(code, "a") == "in"
    assert door.enter(code, "a", at=NOON + timedelta(days=6)) == "in"
    assert door.enter(code, "b", at=NOON + timedelta(days=6)) == "access.wrong_passcode"


def test_code_expires_after_seven_days(door: Door) -> None:
    code = door.ask()
    assert door.enter(code) == "in"
    assert door.enter(code, at=NOON + timedelta(days=7)) == "access.wrong_passcode"


def test_reuse_off_makes_a_code_single_use(door: Door, settings: Settings) -> None:
    settings.OUTPOST_PASSCODE_REUSE = "off"
    code = door.ask()
    assert door.enter(code) == "in"
    assert door.enter(code) == "access.wrong_passcode"


def test_reuse_any_lets_a_used_code_in_everywhere(door: Door, settings: Settings) -> None:
    settings.OUTPOST_PASSCODE_REUSE = "any"
    code = door.ask("a")
    assert door.enter(code, "b", address=ELSEWHERE) == "access.wrong_passcode"  # never used yet
    assert door.enter(code, "a") == "in"
    assert door.enter(code, "b", address=ELSEWHERE) == "in"


def test_new_code_of_a_device_replaces_its_older_ones(door: Door) -> None:
    first = door.ask("a")
    assert door.enter(first, "a") == "in"
    second = door.ask("a", at=NOON + timedelta(minutes=1))
    later = NOON + timedelta(minutes=2)
    assert door.enter(second, "a", at=later) == "in"
    if first != second:
        assert door.enter(first, "a", at=later) == "access.wrong_passcode"


def test_who_asks_again_gets_the_same_code_with_the_tries_that_are_left(door: Door) -> None:
    """Messages come late: the first one was typed after the second had been asked for, and never fitted."""
    code, soon = door.ask(), NOON + timedelta(minutes=1)
    for number in range(3):
        assert door.enter(wrong(code), address=f"192.0.2.{number + 10}", at=soon) == "access.wrong_passcode"
    assert door.ask(at=soon) == code
    assert door.ask("other", at=soon, address=ELSEWHERE) != code
    assert Passcode.objects.filter(tries=3).count() == 1
    assert door.enter(code, at=soon) == "in"
    assert door.ask(at=soon) != code  # what was used is not sent again
    late = door.ask(at=NOON + timedelta(days=1))
    assert door.ask(at=NOON + timedelta(days=1, minutes=10)) != late


def test_a_burnt_code_is_not_sent_again(door: Door) -> None:
    code = door.ask()
    for number in range(5):
        door.enter(wrong(code), address=f"192.0.2.{number + 10}")
    assert door.enter(door.ask(), address=ELSEWHERE) == "in"


def test_five_wrong_tries_end_a_code(door: Door) -> None:
    code = door.ask()
    for number in range(5):  # each from another address, so that no lock stands before the code's own count
        assert door.enter(wrong(code), address=f"192.0.2.{number + 10}") == "access.wrong_passcode"
    assert door.enter(code, address="192.0.2.99") == "access.wrong_passcode"
    assert Passcode.objects.get().tries == 5


def test_wrong_tries_lock_phone_and_source_for_a_growing_time(door: Door) -> None:
    code = door.ask()
    for _ in range(5):
        door.enter(wrong(code))
    assert door.enter(code) == "access.locked"
    at = NOON + timedelta(seconds=61)
    assert door.enter(wrong(code), at=at) == "access.wrong_passcode"
    assert door.enter(code, at=at + timedelta(seconds=61)) == "access.locked"
    assert (
        door.enter(code, at=at + timedelta(seconds=121)) == "access.wrong_passcode"
    )  # the code itself is dead
    locks = AuditEntry.objects.filter(action="access.locked")
    assert locks.count() == 3
    assert locks[0].object_id == str(User.objects.get(display_name="principal").id)


def test_right_code_forgets_the_wrong_tries(door: Door) -> None:
    code = door.ask()
    for _ in range(3):
        for _ in range(4):
            assert door.enter(wrong(code)) == "access.wrong_passcode"
        assert door.enter(code) == "in"


@pytest.mark.promise("T6")
def test_nobody_locks_the_owner_out_from_fifty_other_sources(door: Door) -> None:
    for number in range(50):
        for _ in range(6):
            door.enter("000000", f"thief{number}", address=f"198.51.100.{number}")
    code = door.ask("owner")
    assert door.enter(code, "owner") == "in"


@pytest.mark.promise("T6")
def test_known_device_gets_in_while_strangers_ask_and_guess(door: Door) -> None:
    code = door.ask("owner")
    assert door.enter(code, "owner") == "in"
    for number in range(20):
        address = f"198.51.100.{number}"
        try:
            theirs = door.ask(f"thief{number}", address=address)
        except Refusal:
            theirs = "000000"
        for _ in range(5):
            door.enter(wrong(theirs), f"thief{number}", address=address)
    assert door.enter(code, "owner") == "in"
    renewed = door.ask("owner")  # two codes a day are kept for known devices
    assert door.enter(renewed, "owner") == "in"


def test_codes_a_day_are_counted_by_source_by_phone_and_by_known_device(door: Door) -> None:
    code = door.ask("owner")
    assert door.enter(code, "owner") == "in"
    for _ in range(STRANGER_CODES_OF_SOURCE.tries):
        assert door.ask("stranger", address=ELSEWHERE)
    with refused("access.too_many_codes", minutes=24 * 60):
        door.ask("stranger", address=ELSEWHERE)
    for number in range(STRANGER_CODES.tries - STRANGER_CODES_OF_SOURCE.tries - 1):
        assert door.ask("stranger", address=f"203.0.113.{number}")
    with refused("access.too_many_codes"):
        door.ask("stranger", address="203.0.113.99")
    assert STRANGER_CODES.tries <= 10
    for _ in range(KNOWN_CODES.tries):
        assert door.ask("owner")
    with refused("access.too_many_codes"):
        door.ask("owner")
    assert door.ask("stranger", address=ELSEWHERE, at=NOON + timedelta(days=1))


@pytest.mark.promise("A6")
def test_one_source_locks_no_new_device_out(door: Door) -> None:
    """It was a hole: eight anonymous requests kept a principal's new phone out for a day."""
    for number in range(30):
        with suppress(Refusal):
            theirs = door.ask(f"thief{number}", address=ELSEWHERE)
            door.enter(wrong(theirs), f"thief{number}", address=ELSEWHERE)
    code = door.ask("new")
    assert door.enter(code, "new") == "in"


@pytest.mark.promise("A6")
def test_fifty_sources_keep_the_owner_out_on_no_device(door: Door, cast: Cast) -> None:
    code = door.ask("owner")
    assert door.enter(code, "owner") == "in"
    for number in range(50):
        address = f"198.51.100.{number}"
        with suppress(Refusal):
            door.enter(wrong(door.ask(f"thief{number}", address=address)), f"thief{number}", address=address)
        for _ in range(6):
            door.enter("0123456789", f"thief{number}", address=address)
    for _ in range(KNOWN_CODES.tries):
        assert door.enter(door.ask("owner"), "owner") == "in"
    with refused("access.too_many_codes"):
        door.ask("new")
    on_sight = services.issue_on_sight(cast.users["principal"].id, actor=cast.actor("town"), at=NOON)
    assert door.enter(f"{on_sight[:5]} {on_sight[5:]}", "new") == "in"
    assert door.ask("new")  # known from now on
    assert door.enter(on_sight, "another", address="203.0.113.1") == "access.wrong_passcode"


def test_a_code_on_sight_is_long_stored_hashed_and_good_for_minutes(door: Door, cast: Cast) -> None:
    user = cast.users["principal"]
    code = services.issue_on_sight(user.id, actor=cast.actor("town"), at=NOON)
    assert code not in str(Passcode.objects.values().get())
    assert door.enter(f"{(int(code) + 1) % 10**10:010}", "new") == "access.wrong_passcode"
    assert door.enter(code, "new", phone=NOBODY) == "access.wrong_passcode"
    assert door.enter(code, "new", at=NOON + timedelta(minutes=15)) == "access.wrong_passcode"
    assert door.enter(code, "new", at=NOON + timedelta(minutes=14)) == "in"
    assert door.enter(code, "new", at=NOON + timedelta(minutes=14)) == "access.wrong_passcode"
    issued = AuditEntry.objects.get(action="access.code_issued")
    assert (issued.actor_id, issued.object_id) == (cast.actor("town").id, str(user.id))
    with refused("core.not_found"):
        services.issue_on_sight(cast.users["town"].id, actor=cast.actor("command"), at=NOON)


def test_one_source_cannot_ask_for_all_phones(door: Door) -> None:
    for number in range(SOURCE_CODES.tries):
        door.ask(phone=f"139{number:08}")
    with refused("access.too_many_codes", minutes=60):
        door.ask()
    assert door.ask(address=ELSEWHERE)


@pytest.mark.promise("T6")
def test_phone_without_account_gets_the_same_answers(door: Door) -> None:
    known = services.ask_passcode(PHONE, device="x", address=HERE, at=NOON)
    unknown = services.ask_passcode(NOBODY, device="y", address=HERE, at=NOON)
    assert known == unknown
    assert Passcode.objects.count() == 2
    tries = [door.enter("123456", "x", phone=PHONE) for _ in range(6)]
    assert tries == [door.enter("123456", "y", phone=NOBODY) for _ in range(6)]


def test_disabled_account_gets_no_code_and_is_not_let_in(door: Door, cast: Cast) -> None:
    code = door.ask()
    services.disable_account(cast.users["principal"].id, actor=cast.actor("security"), at=NOON)
    assert door.enter(code) == "access.wrong_passcode"
    assert door.ask() == ""


def test_a_phone_without_account_gets_one_that_has_no_right(door: Door) -> None:
    code = door.ask(phone=NOBODY)
    assert door.enter(wrong(code), phone=NOBODY) == "access.wrong_passcode"
    assert not User.objects.filter(phone_hash=ring().search_hash("phone", NOBODY)).exists()
    for _ in range(2):
        assert door.enter(code, phone=NOBODY) == "in"
    citizen = User.objects.get(phone_hash=ring().search_hash("phone", NOBODY))
    assert citizen.display_name == "139****2222"
    actor = actor_of(citizen, is_verified=True)
    assert set(actor.reaches) == {OWN_AFFAIRS}
    assert actor.reach(OWN_AFFAIRS).keys("self") == {str(citizen.id)}
    created = AuditEntry.objects.get(action="access.account_created")
    assert (created.actor_id, created.object_id) == (actor.id, str(citizen.id))


def test_code_of_a_disabled_account_is_not_sent_and_lets_nobody_in(
    door: Door, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.disable_account(cast.users["principal"].id, actor=cast.actor("security"), at=NOON)
    monkeypatch.setattr("secrets.randbelow", lambda _bound: 123456)
    assert door.ask() == ""
    assert door.enter("123456") == "access.wrong_passcode"


@pytest.mark.promise("V8")
def test_code_is_shown_to_the_developer_only_in_a_demo(cast: Cast, settings: Settings) -> None:
    assert services.ask_passcode(PHONE, device="a", address=HERE, at=NOON).shown_code == ""
    settings.OUTPOST_DEMO = True
    assert len(services.ask_passcode(PHONE, device="a", address=HERE, at=NOON).shown_code) == 6
    services.disable_account(cast.users["principal"].id, actor=cast.actor("security"), at=NOON)
    assert services.ask_passcode(PHONE, device="a", address=HERE, at=NOON).shown_code == ""


@pytest.mark.promise("V8")
def test_terminal_shows_a_masked_phone_and_tables_hold_neither_phone_nor_address(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    services.ask_passcode(PHONE, device="a", address=HERE, at=NOON)
    assert "138****8001" in capsys.readouterr().out
    door.enter("000000")
    keys = " ".join(Throttle.objects.values_list("key", flat=True))
    assert PHONE not in keys
    assert HERE not in keys


def test_sweep_keeps_what_is_alive_and_the_memory_of_devices(door: Door) -> None:
    door.ask("unused")
    code = door.ask("used")
    door.enter(code, "used")
    assert passcodes.sweep(at=NOON + timedelta(days=6)) == 0
    assert passcodes.sweep(at=NOON + timedelta(days=8)) == 1
    assert passcodes.sweep(at=NOON + timedelta(days=91)) == 1
