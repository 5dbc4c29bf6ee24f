"""A made-up district whose first load was cut off: never taken for a real one, and loaded to its end later."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from outpost.access import account_rows, services
from outpost.access.models import Grant, User
from outpost.commands import init
from outpost.commands.base import Call
from outpost.core import clock
from outpost.demo import district, sign_ins, venues
from outpost.demo.trades import TRADES
from outpost.health.models import TestRecord
from outpost.health.services import ensure_products
from outpost.regions.services import load_divisions
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services.templates import ensure_templates
from outpost.server import prepared
from outpost.venues.services import ensure_kinds

REGION = "440115"
STAFF = 30

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]


class KilledError(BaseException):
    """Stands for a signal: nothing catches it."""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """`outpost init --data …` on an initialised directory, with one small trade."""
    small = replace(TRADES[0], bodies=3, staff=STAFF)
    monkeypatch.setattr(district, "TRADES", (small,))
    monkeypatch.setattr(district, "DAYS", 2)
    monkeypatch.setattr(venues, "VENUES", 8)
    load_divisions(REGION, actor=district.ACTOR, at=clock.now())
    ensure_templates(region=REGION, actor=district.ACTOR, at=clock.now())
    ensure_products()
    ensure_kinds()
    return Call(tmp_path, as_json=False, language="en")


def load(call: Call) -> dict[str, str]:
    return init._load_demo(call, REGION, prepared.read_note(call.data))


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> Iterator[None]:
    """The work inside ends when this function is called."""

    def end(*_arguments: object, **_named: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(where, name, end)
        with pytest.raises(KilledError):
            yield


def test_it_is_noted_before_the_first_row_and_goes_on(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with killed_at(monkeypatch, district, "_doses"):
        load(call)
    assert (StaffMember.objects.count(), TestRecord.objects.count() > 0) == (STAFF, True)
    note = prepared.read_note(call.data)
    assert note is not None
    assert (note.is_demo, note.region) == (True, REGION)
    (call.data / "demo").chmod(0o755)  # as earlier versions made them
    for path in (call.data / "demo").iterdir():
        path.chmod(0o644)
    connection.ensure_connection()
    assert not prepared.is_ready(note, connection.connection)
    capsys.readouterr()
    told = load(call)
    assert f"{call.data} holds a made-up district that was not loaded to its end." in capsys.readouterr().err
    assert len(told) == 12
    assert (StaffMember.objects.count(), sign_ins.is_made(call.data)) == (STAFF, True)
    assert load(call) == told
    made = [call.data / "demo", *(call.data / "demo").iterdir(), call.data / sign_ins.FILE]
    assert {path.name: path.stat().st_mode & 0o077 for path in made} == {path.name: 0 for path in made}


@pytest.mark.parametrize(("where", "name"), [(Path, "replace"), (services, "grant_role")])
def test_sign_ins_that_were_not_noted_get_new_passwords(
    call: Call, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    prepared.note_demo(call.data, region=REGION)
    bodies = district.load_district(call.data / "demo", at=clock.now(), progress=call.progress)

    def make() -> None:
        made = sign_ins.make_sign_ins(REGION, bodies, actor=district.ACTOR, at=clock.now())
        sign_ins.note_sign_ins(call.data, made)

    with killed_at(monkeypatch, where, name):
        make()
    assert not sign_ins.is_made(call.data)
    make()
    for one in sign_ins.read_sign_ins(call.data)[:-1]:
        account = account_rows.officer(one.user, actor=district.ACTOR)
        assert account.check_password(one.password)
        assert [grant.role for grant in Grant.objects.filter(user=account)] == [one.role]
    assert User.objects.exclude(username__startswith="phone-").count() == 6
