"""A person as somebody states them, in the table of whoever writes them down: here the visitors of a venue."""

from datetime import UTC, date, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connection, models

from outpost.audit.models import AuditEntry
from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.crypto import BrokenSealError, KeyRing, ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.modules import SealedColumn
from outpost.core.stated import Stated
from outpost.people import errors, queries, sealed_columns, services
from outpost.people.models import StatedPerson
from outpost.people.names import surname_of
from outpost.people.rules import Document, DocumentType
from outpost.people.stated import seal_stated
from outpost.people.surnames import hash_surnames

pytestmark = pytest.mark.django_db

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
TODAY = date(2022, 6, 8)
HARBOUR, MUSEUM = str(new_id()), str(new_id())
KEEPER = Actor(
    id="user:1",
    label="keeper",
    reaches={"people.see_own_staff": Reach.over("organization", HARBOUR)},
)
OFFICER = Actor(id="user:2", label="officer", reaches={"people.reveal": EVERYTHING})


class Visitor(StatedPerson):
    """What an instrument adds: whose visitor it is, and what the blob is bound to."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organization = models.TextField()

    objects: ClassVar[models.Manager["Visitor"]] = models.Manager()

    class Meta:
        app_label = "stated_by_a_test"  # no installed app: no migration is asked for it
        db_table = "test_visitor"
        managed = False

    @property
    def sealing_context(self) -> str:
        return f"test.visitor:{self.id}"


@pytest.fixture(autouse=True)
def visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of the visitors, in the test's transaction, and its line in the wiring."""
    column = SealedColumn("test_visitor", "id", "uuid", "sealed", "test.visitor", surname="surname_hash")
    monkeypatch.setattr(sealed_columns, "_columns", [column])
    with connection.schema_editor() as editor:
        editor.create_model(Visitor)


def visit(number: int, name: str, *, at: str = HARBOUR, phone: str = "13812345678") -> Visitor:
    document = Document(DocumentType.PASSPORT, f"E{number:08}")
    visitor = Visitor(organization=at)
    visitor.person_id = services.register_person(document, name, at=AT)
    stated = Stated(name, phone, "环市大道1号101房")
    visitor.state(seal_stated(ring(), visitor.sealing_context, stated, "门卫", kind="visitor"))
    visitor.save(force_insert=True)
    return visitor


def found(**wanted: str) -> set[UUID]:
    condition = queries.stated_as(**wanted, today=TODAY)
    return set(Visitor.objects.filter(condition).values_list("id", flat=True))


def test_a_row_holds_nothing_in_clear_and_opens_nowhere_else() -> None:
    visitor, other = visit(1, "欧阳甄"), visit(2, "甄二")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM test_visitor t")
        said = "".join(text for (text,) in cursor.fetchall())
    for canary in ("欧阳", "13812345678", "环市大道", "E00000001"):
        assert canary not in said
        assert canary.encode().hex() not in said
    assert Visitor.objects.get(id=visitor.id).stated(ring()) == Stated(
        "欧阳甄", "13812345678", "环市大道1号101房"
    )
    other.sealed = visitor.sealed
    with pytest.raises(BrokenSealError):
        other.stated(ring())


def test_a_changed_statement_has_another_digest() -> None:
    def digest(*more: object, kind: str = "visitor", **changes: str) -> bytes:
        stated = Stated(**({"name": "甄一", "phone": "13812345678", "address": "甲"} | changes))
        return seal_stated(ring(), "test.visitor:1", stated, *more, kind=kind).content_hash

    assert digest("门卫", {"a": 1, "b": 2}) == digest("门卫", {"b": 2, "a": 1})
    others = [
        digest("保洁"),
        digest("门卫", name="甄二"),
        digest("门卫", kind="worker"),
        digest("门卫", address="乙"),
    ]
    assert len({digest("门卫"), *others}) == 5


def test_people_are_found_by_name_surname_phone_and_document() -> None:
    compound, plain = visit(1, "欧阳甄"), visit(2, "欧甄", phone="13900000002")
    letters = visit(3, "SMITH JOHN", phone="13900000003")
    assert found(name="欧阳甄") == found(name="欧阳") == found(document="E00000001") == {compound.id}
    assert found(name="欧") == found(phone="139 0000 0002") == {plain.id}
    assert found(name="smith") == found(name="Smith John") == {letters.id}
    assert found(name="欧阳", phone="13900000002") == set()
    assert found(name="甄") == set()
    assert found() == {compound.id, plain.id, letters.id}
    with pytest.raises(Refusal) as refused:
        found(name="1234")
    assert refused.value.problem is errors.NAME_CHARACTERS


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("张三", "张"),
        ("欧阳锋", "欧阳"),
        ("司徒美堂", "司徒"),
        ("欧阳", "欧"),
        ("司马", "司"),
        ("甄", "甄"),
        ("王小明2", "王"),
        ("阿卜杜拉·买买提", "阿卜杜拉"),
        ("SMITH JOHN", "SMITH"),
        ("Madonna", "Madonna"),
    ],
)
def test_surnames(name: str, surname: str) -> None:
    assert surname_of(name) == surname


def test_a_reader_sees_own_people_in_clear_and_others_masked() -> None:
    own, other = visit(1, "欧阳甄"), visit(2, "甄二", at=MUSEUM)
    identities = queries.identities([own.person_id, other.person_id])
    rows = [
        one.shown(
            ring(),
            identities[one.person_id],
            is_clear=one.organization in queries.own_organizations(KEEPER),
        )
        for one in (own, other)
    ]
    assert [(row.name, row.phone, row.number, row.address) for row in rows] == [
        ("欧阳甄", "13812345678", "E00000001", "环市大道1号101房"),
        ("甄*", "138****5678", "E0*****02", "环市大道1***"),
    ]
    services.record_own_seen(rows, actor=KEEPER, at=AT)
    look = AuditEntry.objects.get(action="people.own_staff_seen")
    assert (look.object_id, look.count) == (str(own.person_id), 1)
    services.record_own_seen(rows[1:], actor=KEEPER, at=AT)
    assert AuditEntry.objects.filter(action="people.own_staff_seen").count() == 1


def test_others_are_revealed_for_a_purpose_and_the_look_is_recorded() -> None:
    visitor = visit(1, "欧阳甄")
    for actor, purpose, problem in (
        (OFFICER, "", errors.PURPOSE_MISSING),
        (KEEPER, "tracing", None),
    ):
        with pytest.raises(Refusal) as refused:
            services.reveal_stated([visitor], purpose=purpose, actor=actor, at=AT)
        assert problem is None or refused.value.problem is problem
    assert not AuditEntry.objects.filter(action="people.revealed").exists()
    [shown] = services.reveal_stated([visitor], purpose="tracing", actor=OFFICER, at=AT).values()
    assert (shown.name, shown.number, shown.is_clear) == ("欧阳甄", "E00000001", True)
    look = AuditEntry.objects.get(action="people.revealed")
    assert (look.object_id, look.purpose) == (str(visitor.person_id), "tracing")


def test_surnames_of_older_rows_are_hashed_once_in_batches() -> None:
    everybody = {visit(number, "欧阳甄").id for number in range(5)}
    new = visit(9, "欧阳新")
    Visitor.objects.filter(id__in=everybody).update(surname_hash=None)
    assert found(name="欧阳") == {new.id}
    assert found(name="欧阳甄") == everybody
    assert hash_surnames(batch=2) == 5
    assert found(name="欧阳") == everybody | {new.id}
    assert hash_surnames(batch=2) == 0


def test_a_row_that_no_key_opens_is_left() -> None:
    damaged, whole = visit(1, "欧阳甄"), visit(2, "欧阳二")
    foreign = KeyRing.generate().seal(b"{}", damaged.sealing_context)
    Visitor.objects.filter(id=damaged.id).update(sealed=foreign)
    Visitor.objects.update(surname_hash=None)
    assert hash_surnames() == 1
    assert found(name="欧阳") == {whole.id}


def test_a_stopped_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = {visit(number, "欧阳甄").id for number in range(6)}
    Visitor.objects.update(surname_hash=None)
    store, calls = sealed_columns.store, []

    def cut_off(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        store(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("outpost.people.surnames.store", cut_off)
        with pytest.raises(KeyboardInterrupt):
            hash_surnames(batch=2)
    assert Visitor.objects.filter(surname_hash=None).count() == 4
    assert hash_surnames(batch=2) == 4
    assert found(name="欧阳") == everybody
