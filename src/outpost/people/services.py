"""Writes of identities: register people, reveal them to somebody."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Protocol
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from outpost.access.actions import REVEAL
from outpost.audit import services as audit
from outpost.audit.events import announce
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import copy_rows, hold_lock, run
from outpost.core.errors import Refusal
from outpost.people import errors, queries, rules, seals
from outpost.people.models import Person, StatedPerson
from outpost.people.queries import DECLARATION_USED, OWN_STAFF_SEEN, REVEALED, SEE_OWN, SHARED
from outpost.people.rules import Document
from outpost.people.seals import Identity, PersonRow
from outpost.people.stated import Shown

REVEAL_LIMIT = 5000  # identities at once; above it a second person must agree (an export's business)
REGISTERING = (
    "people.registering"  # shared by who registers, alone for who purges: nobody goes who is just met again
)
LOOKED = "people.looked"
STAGED_COLUMNS = ("person_id", "doc_type", "person_sealed", "person_name_hash")


def register_person(document: Document, name: str, *, at: datetime, import_id: UUID | None = None) -> UUID:
    """Register one person unless they are; `name` is normalised. Returns their pseudonym.

    The record that brings the person writes the audit row.
    """
    row = seals.person_row(ring(), document, name)
    person_id = UUID(row.person_id)
    person = Person(
        person_id=person_id,
        doc_type=row.doc_type,
        sealed=row.sealed,
        name_hash=row.name_hash,
        registered_at=at,
        import_id=import_id,
    )
    hold_lock(REGISTERING, shared=True)
    Person.objects.bulk_create([person], ignore_conflicts=True)
    return person_id


@transaction.atomic
def register_people(people: Iterable[PersonRow], *, at: datetime, import_id: UUID | None = None) -> int:
    """Register those who are not yet; nobody is ever overwritten. Returns how many are new.

    The import writes the audit row.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE people_incoming"
            " (person_id uuid, doc_type text, person_sealed bytea, person_name_hash bytea) ON COMMIT DROP"
        )
        copy_rows(
            "people_incoming",
            STAGED_COLUMNS,
            map(attrgetter("person_id", "doc_type", "sealed", "name_hash"), people),
        )
        new = register_staged("people_incoming", at=at, import_id=import_id)
        cursor.execute("DROP TABLE people_incoming")
    return new


def register_staged(staging: str, *, at: datetime, import_id: UUID | None = None) -> int:
    """Register the people of a staging table (qualified name) with the columns STAGED_COLUMNS, as
    `seals.person_row` made them. Returns how many are new; of several rows of one person any may win.

    Inserts in the order of the pseudonyms, so that imports that bring the same people wait for each other
    and never deadlock.
    """
    statement = sql.SQL(
        "INSERT INTO people_person (person_id, doc_type, sealed, name_hash, registered_at, import_id)"
        " SELECT person_id, doc_type, person_sealed, person_name_hash, %s, %s FROM {} ORDER BY person_id"
        " ON CONFLICT (person_id) DO NOTHING"
    ).format(sql.Identifier(*staging.split(".")))
    hold_lock(REGISTERING, shared=True)
    return run(statement, [at, import_id])


def reveal(person_ids: Collection[UUID], *, purpose: str, actor: Actor, at: datetime) -> dict[UUID, Identity]:
    """Identities in clear for a stated purpose; the look is in the audit before anybody sees them.

    The caller has narrowed `person_ids` to the actor's scope. People who are not registered are left out.
    Raises Refusal: 403 without the right, PURPOSE_MISSING, PURPOSE_UNKNOWN, REVEAL_TOO_MANY.
    """
    actor.require(REVEAL)
    purpose = rules.check_purpose(purpose, is_operator=actor.is_system)
    if len(person_ids) > REVEAL_LIMIT and not actor.is_system:
        raise Refusal(errors.REVEAL_TOO_MANY, limit=REVEAL_LIMIT, found=len(person_ids))
    with transaction.atomic():
        found = queries.identities(person_ids)
        record_revealed(found, purpose=purpose, actor=actor, at=at)
    return found


def reveal_stated(
    rows: Sequence[StatedPerson], *, purpose: str, actor: Actor, at: datetime
) -> dict[UUID, Shown]:
    """People as the rows state them, in clear for a stated purpose, by the rows' ids. As `reveal`: the caller has
    narrowed the rows to the actor's scope, and the look is in the audit first."""
    identities = reveal({row.person_id for row in rows}, purpose=purpose, actor=actor, at=at)
    keys = ring()
    return {row.pk: row.shown(keys, identities[row.person_id], is_clear=True) for row in rows}


@transaction.atomic
def record_revealed(person_ids: Collection[UUID], *, purpose: str, actor: Actor, at: datetime) -> None:
    """Keep that people are shown in clear, where something else than `reveal` shows them, and have the day's looks
    watched. Nobody shown, no entry. Raises Refusal PURPOSE_MISSING or PURPOSE_UNKNOWN."""
    purpose = rules.check_purpose(purpose, is_operator=actor.is_system)
    if person_ids:
        announce(LOOKED)
        _record_look(REVEALED, person_ids, purpose, actor, at)


def record_declarations_used(person_ids: Collection[UUID], *, actor: Actor, at: datetime) -> None:
    """Keep, for each person to see, that somebody looked their declaration up by number and name. Nobody, no entry."""
    if person_ids:
        _record_look(DECLARATION_USED, person_ids, rules.REGISTERED_AT_SITE, actor, at)


def record_shared(person_ids: Collection[UUID], *, actor: Actor, at: datetime) -> None:
    """Keep, for each person to see, that their pre-registration goes to public security. Nobody, no entry."""
    if person_ids:
        _record_look(SHARED, person_ids, rules.SHARED_WITH_POLICE, actor, at)


class ShownRow(Protocol):
    """A row of a page about a person: in clear because they are the reader's own, or masked."""

    @property
    def person_id(self) -> UUID: ...
    @property
    def is_clear(self) -> bool: ...


def record_own_seen(rows: Iterable[ShownRow], *, actor: Actor, at: datetime) -> None:
    """Keep whom of a page's rows an employer sees in clear, before the page is made; what shows masked is no look."""
    seen = {row.person_id for row in rows if row.is_clear}
    if seen:
        record_own_staff_seen(seen, actor=actor, at=at)


def record_own_staff_seen(person_ids: Collection[UUID], *, actor: Actor, at: datetime) -> None:
    """Keep that an employer is shown own staff in clear: once a page, before it is made. Nobody shown, no entry.

    The caller has taken care that all of them are the actor's own (`queries.own_organizations`). Raises Refusal 403
    without the right.
    """
    actor.require(SEE_OWN)
    if person_ids:
        _record_look(OWN_STAFF_SEEN, person_ids, rules.OWN_STAFF, actor, at)


def _record_look(action: str, found: Collection[UUID], purpose: str, actor: Actor, at: datetime) -> None:
    """One entry a look: `queries.looks_at` finds a person by `object_id` or in the list."""
    people = sorted(map(str, found))
    audit.record(
        action,
        actor=actor,
        at=at,
        object_id=people[0] if len(people) == 1 else "",
        count=len(people),
        purpose=purpose,
        detail={} if len(people) == 1 else {"people": people},
    )
