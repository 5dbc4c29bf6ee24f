"""The national suite (SM4-GCM, HMAC-SM3) through the house: in, found, out, kept, rotated (V7)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection

from outpost.audit import certificates
from outpost.audit.models import RowVersion
from outpost.commands.tests.test_running import answer, outpost
from outpost.core import crypto
from outpost.core.actor import Actor
from outpost.core.crypto import SUITES, KeyRing
from outpost.exchange import files, services
from outpost.people import queries as people
from outpost.people import rotation
from outpost.people.models import Person
from outpost.people.rules import DocumentType
from outpost.people.sealed_columns import columns
from outpost.regions.queries import principal_of
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries.history import history_of
from outpost.sentinel.queries.staff import member_of
from outpost.sentinel.queries.staff_filter import StaffFilter, filtered
from outpost.sentinel.services.organizations import add_organization
from outpost.sentinel.services.revealing import reveal_staff
from outpost.sentinel.services.staff import change_staff
from outpost.sentinel.tests.ledgers import (
    STAFF_HEADER,
    confirm,
    csv_file,
    entry,
    id_number,
    organization_entry,
    send,
    staff_row,
)
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.tests.conftest import make_data_directory
from outpost.testing.cast import NOON, build_cast

pytestmark = pytest.mark.promise("V7")
SYSTEM = Actor.system("test")
GM = SUITES["gm"]
STAFF = 12


@pytest.fixture
def ring(transactional_db: None, tmp_path: Path) -> Iterator[KeyRing]:
    with crypto.use_ring(KeyRing.create(tmp_path / "keys.json", "gm")) as ring:
        yield ring


def prefixes() -> set[bytes]:
    """With what everything is sealed, in every column that the rotation knows."""
    found: set[bytes] = set()
    with connection.cursor() as cursor:
        for column in columns():
            cursor.execute(
                f"SELECT DISTINCT substring({column.column} FROM 1 FOR 3) FROM {column.table}"
                f" WHERE {column.column} IS NOT NULL"
            )
            found |= {bytes(prefix) for (prefix,) in cursor.fetchall()}
    return found


@pytest.mark.slow
def test_a_slice_of_the_product(ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = build_cast()
    officer = cast.actor("command")
    entered = add_organization("cast-cold", organization_entry(), actor=officer, at=NOON)
    file = csv_file(tmp_path / "staff.csv", STAFF_HEADER, [staff_row(n) for n in range(STAFF)])
    done = confirm(send(file, "sentinel.staff", {"category": "cast-cold"}, actor=officer), actor=officer)
    assert (done.state, done.new, done.rejected) == ("applied", STAFF, 0)
    assert {prefix[0] for prefix in prefixes()} == {GM}

    person = people.find_by_document(DocumentType.RESIDENT_ID, id_number(3), today=NOON.date())
    member = StaffMember.objects.get(person_id=person)
    for wanted in (StaffFilter(phone="13900000003"), StaffFilter(document=id_number(3))):
        assert [one.staff_id for one in filtered(wanted, actor=officer, at=NOON)] == [member.id]
    assert filtered(StaffFilter(name="甄测试"), actor=officer, at=NOON).count() == STAFF
    change_staff(member.id, entry(3, address="金沙路9号"), actor=officer, at=NOON)

    rotation.start_new_key(actor=SYSTEM, at=NOON)
    store, calls = rotation._store, []

    def cut_off(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        store(*arguments)

    monkeypatch.setattr(rotation, "_store", cut_off)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate_sealing(actor=SYSTEM, at=NOON, batch=5)
    assert len(prefixes()) == 2
    monkeypatch.setattr(rotation, "_store", store)
    assert rotation.rotate_sealing(actor=SYSTEM, at=NOON, batch=5).remaining == 0
    assert prefixes() == {ring.sealing_prefix} == {bytes([GM, 0, 2])}

    seen = reveal_staff([member.id], purpose="tracing", actor=officer, at=NOON)[member.id]
    assert (seen.name, seen.phone, seen.number, seen.address) == (
        *("甄测试", "13900000003"),
        *(id_number(3), "金沙路9号"),
    )
    assert RowVersion.objects.filter(table="sentinel_staffmember").exists()  # sealed with the first key
    assert "address" in {
        one.field for one in history_of(member_of(member.id, actor=officer), actor=officer)[0].differences
    }
    assert principal_of(entered.organization).phone == "13800138009"

    task = services.request_export(
        "sentinel.staff_in_clear",
        params={"category": "cast-cold"},
        purpose="tracing",
        actor=officer,
        at=NOON,
    )
    services.write_export(task.id, at=NOON)
    sheet = openpyxl.load_workbook(files.export_file(task.id)).active
    assert sheet is not None
    numbers = {row[6] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert numbers == {id_number(n) for n in range(STAFF)}
    assert certificates.verify(
        certificates.store(
            certificates.sign({"kind": "purge", "id": "1", "finished_at": "2022-06-08"}), tmp_path
        )
    )
    assert Person.objects.count() == STAFF


@pytest.mark.nightly
def test_an_installation_of_its_own() -> None:
    data = make_data_directory()
    try:
        outpost("init", "--data", data, "--json", OUTPOST_CRYPTO="gm")
        assert '"suite": "gm"' in (data / "keys.json").read_text()
        assert answer(outpost("doctor", "--data", data, "--json", OUTPOST_CRYPTO="gm"))["ok"] is True
        assert (
            answer(outpost("keys", "rotate", "--data", data, "--json", OUTPOST_CRYPTO="gm"))["remaining"] == 0
        )
        told = answer(outpost("purge", "--data", data, "--json", OUTPOST_CRYPTO="gm"))
        outpost("purge", "--verify", told["path"], "--data", data, OUTPOST_CRYPTO="gm")
        assert (
            answer(outpost("audit", "verify", "--data", data, "--json", OUTPOST_CRYPTO="gm"))["broken_at"]
            is None
        )
        for command in (
            ("doctor", "--json"),
            ("up",),
            ("keys", "rotate"),
        ):  # without the setting: said, not suffered
            said = outpost(*command, "--data", data, "--lang", "en", code=1)
            assert "OUTPOST_CRYPTO=gm" in said.stdout + said.stderr
            assert "Traceback" not in said.stderr
    finally:
        EmbeddedPostgres(data).erase()
        shutil.rmtree(data)
