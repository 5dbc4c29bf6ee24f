"""Staff 员工 of an organisation: added, changed and removed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from outpost.audit import deletions, editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.ledgers import plain
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.cells import is_blank
from outpost.core.sheets.parsing import StatedCells, completed
from outpost.exchange.merge import wait_for_import
from outpost.fields.specs import FieldSpec
from outpost.people import services as people
from outpost.people.queries import own_organizations
from outpost.people.seals import person_id_of
from outpost.sentinel import errors
from outpost.sentinel.actions import EDIT_STAFF
from outpost.sentinel.columns import STAFF, Audience, table_of
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.editing import edited_member
from outpost.sentinel.reading import DOCUMENT, FIELDS, StaffReader, stated_of
from outpost.sentinel.seals import seal_staff
from outpost.sentinel.services import latest
from outpost.sentinel.services.organizations import REMOVED, RESTATED, STAFF_KEY

EDIT = EDIT_STAFF
SHORT_LIFE = timedelta(days=7)
_PLAIN = tuple(column.name for column in plain(STAFF))
_HASHES = ("name_hash", "surname_hash", "phone_hash", "content_hash")
_CHANGED = (
    *("person_id", *_PLAIN, "sealed", *_HASHES, "fields", "joined_on", "is_unconfirmed", "renumbered_at"),
    *("updated_at", "import_id"),
)


@transaction.atomic
def add_staff(enrolment_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> StaffMember:
    """Add a person to an organisation. Somebody who was removed earlier gets a new row.

    `stated`: cells by the columns of the category's table, as typed; joined today where nothing is said.
    Raises Refusal: 403, NOT_FOUND outside the actor's scope, STAFF_DUPLICATE when the document stands there
    already; Faults, all that is wrong with the cells.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_staffmember")
    enrolment = or_not_found(
        Enrolment.objects.visible_to(actor, EDIT)
        .current()
        .select_related("organization")
        .filter(id=enrolment_id)
        .first()
    )
    today = local_day(at)
    specs = categories.fields_of(enrolment.category_id, Audience.STAFF)
    values = _read(enrolment, specs, stated, today)
    person_id = people.register_person(values[DOCUMENT], values["name"], at=at)
    member = StaffMember(
        id=new_id(),
        enrolment=enrolment,
        person_id=person_id,
        joined_on=values["joined_on"] or today,
        is_unconfirmed=is_employers_word(enrolment, actor),
        created_at=at,
    )
    _fill(member, values, at)
    refuse_clash(member)
    with _clash_refused(member):
        member.save(force_insert=True)
    latest.follow_staff([member.id])
    record_staff("sentinel.staff_added", [member], actor=actor, at=at)
    return member


@transaction.atomic
def change_staff(
    staff_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime, seen: str = ""
) -> StaffMember:
    """Change what is stated about a staff member; the earlier version stays in the history.

    An empty name, phone, number or address keeps what stands where the actor sees it masked; whoever sees it in clear
    has left it out. An empty day of joining keeps what stands. A corrected document number makes the row another
    person's. Raises as `add_staff`, and NOT_FOUND for somebody who was removed.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_staffmember")
    member = locked([staff_id], actor=actor)[0]
    if member.removed_at is not None or member.enrolment.removed_at is not None:
        raise Refusal(NOT_FOUND)
    specs = categories.fields_of(member.enrolment.category_id, Audience.STAFF)
    editing.refuse_unread(seen, edited_member(member, specs, actor=actor))
    if str(member.enrolment.organization_id) not in own_organizations(actor):
        stated = _completed(stated, member)
    values = _read(member.enrolment, specs, stated, local_day(at))
    versions.keep_rows("sentinel_staffmember", STAFF_KEY, [member.id], at=at, cause=RESTATED, actor=actor)
    former, former_name = member.person_id, bytes(member.name_hash)
    short_lived = 0
    if person_id_of(ring(), values[DOCUMENT]) != former:
        member.person_id = people.register_person(values[DOCUMENT], values["name"], at=at)
        member.renumbered_at = at
        refuse_clash(member)
    member.joined_on = values["joined_on"] or member.joined_on
    member.import_id = None
    _fill(member, values, at)
    if (member.person_id, member.name_hash) != (former, former_name):
        member.is_unconfirmed = is_employers_word(member.enrolment, actor)
        short_lived = _short_lived([member], at)
    with _clash_refused(member):
        member.save(update_fields=_CHANGED)
    latest.follow_staff([member.id], former)
    record_staff("sentinel.staff_restated", [member], actor=actor, at=at, short_lived=short_lived)
    return member


@transaction.atomic
def confirm_staff(staff_ids: Collection[UUID], *, actor: Actor, at: datetime) -> int:
    """Keep an officer's word that name and number belong together: their facts show to the employer from now on.

    Returns of how many that was not known; a repetition changes nothing. Raises Refusal: 403, also to the employer
    themselves; SELECTION_EMPTY, NOT_FOUND when one of them lies outside the actor's scope.
    """
    actor.require(EDIT)
    wait_for_import("sentinel_staffmember")
    members = locked(staff_ids, actor=actor)
    if any(is_employers_word(member.enrolment, actor) for member in members):
        raise Refusal(FORBIDDEN, action=EDIT)
    fresh = [member for member in members if member.is_unconfirmed]
    StaffMember.objects.filter(id__in=[member.id for member in fresh]).update(is_unconfirmed=False)
    latest.follow_staff([member.id for member in fresh])
    record_staff("sentinel.staff_confirmed", fresh, actor=actor, at=at)
    return len(fresh)


def is_employers_word(enrolment: Enrolment, actor: Actor) -> bool:
    """Whether the actor states people of an organisation as its principal: nobody else knows them by that name."""
    return str(enrolment.organization_id) in own_organizations(actor)


@transaction.atomic
def remove_staff(staff_ids: Collection[UUID], *, actor: Actor, at: datetime) -> int:
    """Take people out of the ledger, softly and dated; past days stay as they were. Returns how many.

    A repetition changes nothing. Raises Refusal: 403, SELECTION_EMPTY, NOT_FOUND when one of them lies outside the
    actor's scope (then nobody is removed).
    """
    actor.require(EDIT)
    wait_for_import("sentinel_staffmember")
    leaving = [member for member in locked(staff_ids, actor=actor) if member.removed_at is None]
    if not leaving:
        return 0
    ids = [member.id for member in leaving]
    deletions.mark(StaffMember.objects.all(), STAFF_KEY, ids, at, actor=actor, at=at, cause=REMOVED)
    latest.follow_staff(ids)
    deletions.remember("sentinel.staff", ids, actor=actor, at=at, parts={"staff": len(ids)})
    short_lived = _short_lived(leaving, at)
    record_staff("sentinel.staff_removed", leaving, actor=actor, at=at, short_lived=short_lived)
    return len(ids)


def locked(ids: Collection[UUID | str], *, actor: Actor) -> list[StaffMember]:
    """The rows of these ids, removed ones too, in the order of ids. Raises NOT_FOUND unless all are in reach."""
    if not ids:
        raise Refusal(errors.SELECTION_EMPTY)
    rows = StaffMember.objects.visible_to(actor, EDIT).select_related("person", "enrolment__organization")
    return lock_rows(rows, ids)


def _read(
    enrolment: Enrolment, specs: Iterable[FieldSpec], stated: StatedCells, today: date
) -> dict[str, Any]:
    reader = StaffReader(table_of(Audience.STAFF, specs), today=today)
    return reader.stated({**stated, "organization": enrolment.organization.name}).checked()


def _completed(stated: StatedCells, member: StaffMember) -> StatedCells:
    """What is stated, with what stands where it leaves something private empty."""
    identity = member.person.identity(ring())
    if is_blank(stated.get("document_number")):  # then its type is what stands as well
        stated = {**stated, "document_number": identity.number, "document_type": identity.doc_type}
    return completed(stated, asdict(member.stated(ring())))


@contextmanager
def _clash_refused(member: StaffMember) -> Iterator[None]:
    """Save inside: whoever enters the same person at this very moment is refused as one who came a moment later."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        refuse_clash(member)
        raise


def _fill(member: StaffMember, values: Mapping[str, Any], at: datetime) -> None:
    context, fields = member.sealing_context, dict(values[FIELDS])
    member.state(seal_staff(ring(), context, stated_of(values)))
    for name in _PLAIN:
        setattr(member, name, values[name])
    member.fields = fields
    member.updated_at = at


def refuse_clash(member: StaffMember) -> None:
    """Raise STAFF_DUPLICATE, with the name masked, when the person stands in that organisation already."""
    clash = (
        StaffMember.objects.current()
        .filter(enrolment=member.enrolment_id, person=member.person_id)
        .exclude(id=member.id)
        .select_related("enrolment__organization")
        .first()
    )
    if clash is not None:
        raise Refusal(
            errors.STAFF_DUPLICATE,
            organization=clash.enrolment.organization.name,
            name=clash.stated(ring()).masked().name,
            joined_on=clash.joined_on.isoformat(),
            column="document_number",
        )


def _short_lived(members: Iterable[StaffMember], at: datetime) -> int:
    """How many stood in the ledger for days only: whoever adds people to read their tests takes them out again."""
    return sum(at - member.created_at < SHORT_LIFE for member in members)


def record_staff(
    action: str, members: Iterable[StaffMember], *, actor: Actor, at: datetime, short_lived: int = 0
) -> None:
    """One entry for the members of each organisation; the first says how many of all were `short_lived`."""
    by_place: dict[UUID, list[StaffMember]] = {}
    for member in members:
        by_place.setdefault(member.enrolment_id, []).append(member)
    for place, mine in by_place.items():
        detail: dict[str, object] = {"enrolment": str(place), "category": mine[0].enrolment.category_id}
        if len(mine) > 1:
            detail["staff"] = [str(one.id) for one in mine]
        if short_lived:
            detail["short_lived"], short_lived = short_lived, 0
        object_id = mine[0].id if len(mine) == 1 else place
        audit.record(action, actor=actor, at=at, object_id=object_id, count=len(mine), detail=detail)
