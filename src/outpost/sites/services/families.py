"""携带家属: who comes along with a registered person is registered under them, withdrawn, and put back within a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit import deletions
from outpost.audit import services as audit
from outpost.audit.deletions import Restorable, few, ids_of, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells
from outpost.core.stated import Stated, name_hash
from outpost.exchange.merge import wait_for_import
from outpost.health.queries.journeys import phone_of
from outpost.people.rules import DocumentType
from outpost.people.seals import person_id_of
from outpost.people.services import record_declarations_used, register_person
from outpost.people.stated import seal_stated
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.models import Registration
from outpost.sites.models.families import FAMILY_KEY, FAMILY_SEALED_AS, MOST_FAMILY, FamilyMember
from outpost.sites.queries.families import family_with
from outpost.sites.reading.people import FamilyReader
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.services import arrivals
from outpost.sites.services.registering import count_fetch, fetch, refuse_known, registered
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS

REGISTERED = "sites.family_registered"
WITHDRAWN, RESTORED = "sites.family_withdrawn", "sites.family_restored"
KIND = "sites.family"  # of what was withdrawn


def register_family(
    registration_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime
) -> FamilyMember:
    """Register who comes along with somebody, upon the own declaration under number and name; a child without phone or
    card by its birth certificate, with or without one. `stated`: cells by the columns of the table, as typed.

    Raises Refusal: 403, NOT_FOUND, TOO_MANY_FETCHED and TRIES_USED_UP (one limit with `registering.register`),
    DECLARE_FIRST_ALONE, REGISTERED_HERE, FAMILY_HERE, FAMILY_TOO_LARGE; Faults, all that is wrong with the cells.
    """
    actor.require(REGISTER_PEOPLE)
    count_fetch(stated, actor=actor, at=at)
    return _register(registration_id, stated, actor=actor, at=at)


@transaction.atomic
def _register(registration_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> FamilyMember:
    wait_for_import("sites_registration")
    worker = registered(registration_id, actor)
    wait_for_import("sites_familymember")  # which locks the contract before its table, too
    values = FamilyReader(local_day(at)).stated(stated).checked()
    document, name = values["document"], values["name"]
    person_id, named = person_id_of(ring(), document), name_hash(ring(), name)
    declared = fetch(person_id, named, at=at)
    if declared is None and document.doc_type is not DocumentType.BIRTH_CERTIFICATE:
        raise Refusal(errors.DECLARE_FIRST_ALONE, days=DECLARED_WITHIN_DAYS, column="document_number")
    refuse_known(worker.contract, [person_id])
    _refuse_crowd(worker)
    register_person(document, name, at=at)
    row = FamilyMember(registration=worker, person_id=person_id, relation=values["relation"])
    row.created_at, row.updated_at = at, at
    told = Stated(name, values["phone"] or (phone_of(declared) if declared else ""))
    row.state(seal_stated(ring(), row.sealing_context, told, kind=FAMILY_SEALED_AS))
    row.save(force_insert=True)
    arrivals.note_family(ArrivalEvent.REGISTERED, [row.id], at=at)
    if declared is not None:
        record_declarations_used([person_id], actor=actor, at=at)
    audit.record(REGISTERED, actor=actor, at=at, object_id=row.id)
    return row


def _refuse_crowd(worker: Registration) -> None:
    """Raises FAMILY_TOO_LARGE where one more were too many; the caller has locked the contract."""
    if family_with(worker).count() >= MOST_FAMILY:
        raise Refusal(errors.FAMILY_TOO_LARGE, most=MOST_FAMILY)


@transaction.atomic
def withdraw_family(family_member_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Take one of a family out; undone within a day. Returns the registration. Raises Refusal: 403, NOT_FOUND."""
    actor.require(REGISTER_PEOPLE)
    mine = FamilyMember.objects.visible_to(actor, REGISTER_PEOPLE).current()
    (found,) = lock_rows(mine, [family_member_id])
    arrivals.note_family(ArrivalEvent.WITHDRAWN, [found.id], at=at)
    _mark(found, at, actor=actor, at=at, cause=WITHDRAWN)
    deletions.remember(KIND, [found.id], actor=actor, at=at, parts={})
    audit.record(WITHDRAWN, actor=actor, at=at, object_id=found.id)
    return found.registration_id


def restore_family(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put it back. Raises Refusal: NOT_FOUND outside the actor's reach, or where that registration has ended;
    FAMILY_TOO_LARGE; as `refuse_known`."""
    mine = FamilyMember.objects.visible_to(actor, REGISTER_PEOPLE)
    found = or_not_found(mine.filter(id__in=deletion.object_ids).select_related("registration").first())
    worker = registered(found.registration_id, actor)
    (found,) = lock_rows(mine, deletion.object_ids)
    if found.removed_at != deletion.deleted_at:
        return
    refuse_known(worker.contract, [found.person_id])
    _refuse_crowd(worker)
    arrivals.note_family(ArrivalEvent.REGISTERED, [found.id], at=at)
    _mark(found, None, actor=actor, at=at, cause=RESTORED)
    audit.record(RESTORED, actor=actor, at=at, object_id=found.id)


def _mark(found: FamilyMember, removed_at: datetime | None, **by: Any) -> None:
    deletions.mark(FamilyMember.objects.all(), FAMILY_KEY, [found.id], removed_at, **by)


def _names(withdrawn: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """By the contract: the list of what was deleted names nobody."""
    mine = FamilyMember.objects.visible_to(actor, REGISTER_PEOPLE).filter(id__in=ids_of(withdrawn))
    numbers = mine.values_list("id", "registration__contract__number")
    return names_within(withdrawn, {str(id_): number for id_, number in numbers}, few)


def _address(deletion: Deletion) -> str:
    return reverse("sites:family_member", args=deletion.object_ids)


FAMILIES = (
    Restorable(KIND, REGISTER_PEOPLE, _("Accompanying family at a site"), _names, restore_family, _address),
)
