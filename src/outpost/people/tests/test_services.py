"""Registering people, finding them, and seeing who they are."""

import hashlib
import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection

from outpost.audit.models import AuditEntry
from outpost.core import crypto
from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.crypto import BrokenSealError, KeyRing, ring
from outpost.core.db import copy_rows
from outpost.core.errors import Refusal
from outpost.core.stated import name_hash, phone_hash
from outpost.people import errors, queries, seals, services
from outpost.people.models import Person
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import Identity, PersonRow

pytestmark = pytest.mark.django_db

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
TODAY = date(2022, 6, 8)
PASSPORT = DocumentType.PASSPORT
OFFICER = Actor(id="user:1", label="officer", reaches={"people.reveal": EVERYTHING})
AUDITOR = Actor(id="user:2", label="auditor", reaches={"audit.see": EVERYTHING})
EMPLOYER = Actor(
    id="user:4", label="employer", reaches={"people.see_own_staff": Reach.over("organization", "o")}
)
NOBODY = Actor(id="user:3", label="nobody")


def document(number: int) -> Document:
    return Document(PASSPORT, f"E{number:08}")


def row(number: int, name: str = "甄安") -> PersonRow:
    return seals.person_row(ring(), document(number), name)


def register(number: int, name: str = "甄安") -> UUID:
    return services.register_person(document(number), name, at=AT)


def named(name: str) -> int:
    return Person.objects.filter(name_hash=name_hash(ring(), name)).count()


# --- register ---------------------------------------------------------------------------------------------------


def test_a_person_is_registered_once() -> None:
    import_id = uuid4()
    person_id = services.register_person(document(1), "甄安", at=AT, import_id=import_id)
    assert services.register_person(document(1), "别名", at=AT) == person_id
    person = Person.objects.get()
    assert (person.person_id, person.doc_type, person.registered_at) == (person_id, "passport", AT)
    assert person.import_id == import_id
    assert queries.identities([person_id]) == {person_id: Identity("passport", "甄安", "E00000001")}


def test_many_people_are_registered_and_nobody_is_overwritten() -> None:
    first = services.register_people([row(n) for n in range(10)], at=AT)
    second = services.register_people([row(n, "别名") for n in range(5, 15)], at=AT)
    again = services.register_people([row(n, "别名") for n in range(15)], at=AT)
    assert (first, second, again) == (10, 5, 0)
    assert named("甄安") == 10
    assert named("别名") == 5


def test_one_person_twice_in_one_import_is_one() -> None:
    assert services.register_people([row(1), row(1), row(2)], at=AT) == 2


def test_no_people_are_no_work() -> None:
    assert services.register_people([], at=AT) == 0


def test_people_are_registered_from_a_staging_table() -> None:
    """As the staff import does it: its table holds more columns, in any order, and one person twice."""
    rows = [row(n) for n in (1, 2, 2, 3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged (phone text, person_name_hash bytea, person_sealed bytea,"
            " doc_type text, person_id uuid) ON COMMIT DROP"
        )
    copied = ((r.person_id, r.doc_type, r.sealed, r.name_hash) for r in rows)
    copy_rows("staged", services.STAGED_COLUMNS, copied)
    register(3, "别名")
    import_id = uuid4()
    assert services.register_staged("pg_temp.staged", at=AT, import_id=import_id) == 2
    assert Person.objects.filter(import_id=import_id, registered_at=AT).count() == 2
    assert [named(name) for name in ("甄安", "别名")] == [2, 1]


@pytest.mark.promise("V7")
def test_the_table_holds_no_identity_and_opens_only_with_the_key() -> None:
    person_id = register(7, "甄安")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(p)::text, name_hash FROM people_person p")
        text, name_hash = cursor.fetchone()
    for plain in ("甄安", "E00000007", "passport:E00000007"):
        plain_hashes = [
            hashlib.new(name, plain.encode()).hexdigest()[:32] for name in ("md5", "sha1", "sha256", "sm3")
        ]
        for canary in (plain, plain.encode().hex(), *plain_hashes):
            assert canary not in text.replace("-", "")
    assert bytes(name_hash) not in (ring().search_hash(kind, "甄安") for kind in ("phone", "document"))
    with crypto.use_ring(KeyRing.generate()):
        assert named("甄安") == 0
        with pytest.raises(BrokenSealError):
            queries.identities([person_id])


@pytest.mark.promise("V7")
def test_a_seal_copied_to_another_person_does_not_open() -> None:
    person_id, other_id = register(1), register(2)
    stolen = Person.objects.get(person_id=other_id).sealed
    Person.objects.filter(person_id=person_id).update(sealed=stolen)
    with pytest.raises(BrokenSealError):
        queries.identities([person_id])


# --- find -------------------------------------------------------------------------------------------------------


def test_a_person_is_found_by_their_document_in_any_writing() -> None:
    person_id = register(12345678)
    assert queries.find_by_document(PASSPORT, " ｅ12345678", today=TODAY) == person_id
    with pytest.raises(Refusal):
        queries.find_by_document(DocumentType.RESIDENT_ID, "E12345678", today=TODAY)


def test_phones_are_hashed_apart_from_names() -> None:
    assert phone_hash(ring(), "13812345678") != name_hash(ring(), "13812345678")


@pytest.mark.promise("T4")
def test_people_are_shown_masked() -> None:
    person_id = register(1, "欧阳锋")
    assert queries.masked_identities([person_id]) == {person_id: Identity("passport", "欧**", "E0*****01")}


# --- reveal -----------------------------------------------------------------------------------------------------


def test_a_look_shows_the_identity_and_is_in_the_audit() -> None:
    person_id = register(1)
    found = services.reveal([person_id], purpose="tracing", actor=OFFICER, at=AT)
    assert found == {person_id: Identity("passport", "甄安", "E00000001")}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.purpose) == ("people.revealed", "user:1", "tracing")
    assert (entry.object_id, entry.count) == (str(person_id), 1)


def test_a_look_at_many_is_one_entry_and_each_of_them_sees_it() -> None:
    first, second, other = register(1), register(2), register(3)
    services.reveal([first, second], purpose="complaint", actor=OFFICER, at=AT)
    services.reveal([first], purpose="tracing", actor=OFFICER, at=AT)
    entry = AuditEntry.objects.order_by("seq").first()
    assert entry is not None
    assert entry.count == 2
    looks = [
        [(look.who, look.purpose) for look in queries.looks_at(p, actor=AUDITOR)]
        for p in (first, second, other)
    ]
    assert looks == [[("officer", "tracing"), ("officer", "complaint")], [("officer", "complaint")], []]


@pytest.mark.promise("L2")
def test_an_employers_look_is_one_entry_and_each_of_them_sees_it() -> None:
    first, second = register(1), register(2)
    services.record_own_staff_seen([first, second], actor=EMPLOYER, at=AT)
    services.reveal([first], purpose="tracing", actor=OFFICER, at=AT)
    entry = AuditEntry.objects.order_by("seq").first()
    assert entry is not None
    assert (entry.action, entry.count, entry.purpose) == ("people.own_staff_seen", 2, "own staff")
    looks = [[look.purpose for look in queries.looks_at(p, actor=AUDITOR)] for p in (first, second)]
    assert looks == [["tracing", "own staff"], ["own staff"]]


def test_an_employers_look_at_nobody_is_none_and_others_have_none() -> None:
    services.record_own_staff_seen([], actor=EMPLOYER, at=AT)
    with pytest.raises(Refusal):
        services.record_own_staff_seen([register(1)], actor=OFFICER, at=AT)
    assert not AuditEntry.objects.exists()


def test_who_looked_is_for_the_auditor_and_the_person() -> None:
    person_id = register(1)
    services.reveal([person_id], purpose="tracing", actor=OFFICER, at=AT)
    assert queries.looks_at(person_id, actor=OFFICER) == []
    assert len(queries.looks_at(person_id, actor=Actor.system("people.own_looks"))) == 1


@pytest.mark.promise("V8")
def test_the_audit_of_a_look_holds_no_identity() -> None:
    services.reveal([register(1), register(2)], purpose="tracing", actor=OFFICER, at=AT)
    stored = json.dumps(list(AuditEntry.objects.values()), default=str, ensure_ascii=False)
    assert "甄安" not in stored
    assert "E0000000" not in stored


def test_a_stranger_is_no_look() -> None:
    assert services.reveal([uuid4()], purpose="tracing", actor=OFFICER, at=AT) == {}
    assert not AuditEntry.objects.exists()


@pytest.mark.promise("T4")
@pytest.mark.parametrize(
    ("actor", "purpose", "code"),
    [
        (OFFICER, "", errors.PURPOSE_MISSING.code),
        (OFFICER, "curiosity", errors.PURPOSE_UNKNOWN.code),
        (NOBODY, "tracing", "core.forbidden"),
        (AUDITOR, "tracing", "core.forbidden"),
        (Actor.system("cli"), " ", errors.PURPOSE_MISSING.code),
    ],
)
def test_no_look_without_right_and_purpose(actor: Actor, purpose: str, code: str) -> None:
    person_id = register(1)
    with pytest.raises(Refusal) as caught:
        services.reveal([person_id], purpose=purpose, actor=actor, at=AT)
    assert caught.value.code == code
    assert not AuditEntry.objects.exists()


def test_the_operator_states_the_purpose_in_words() -> None:
    person_id = register(1)
    services.reveal([person_id], purpose="drill of 8 June", actor=Actor.system("cli"), at=AT)
    assert AuditEntry.objects.get().purpose == "drill of 8 June"


def test_a_look_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "REVEAL_LIMIT", 1)
    people = [register(1), register(2)]
    with pytest.raises(Refusal) as caught:
        services.reveal(people, purpose="tracing", actor=OFFICER, at=AT)
    assert caught.value.problem is errors.REVEAL_TOO_MANY
    assert "1" in caught.value.message
    assert len(services.reveal(people, purpose="tracing", actor=Actor.system("cli"), at=AT)) == 2


def test_no_audit_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("audit is not writable")

    person_id = register(1)
    monkeypatch.setattr("outpost.audit.services.record", fail)
    with pytest.raises(OSError, match="audit"):
        services.reveal([person_id], purpose="tracing", actor=OFFICER, at=AT)
