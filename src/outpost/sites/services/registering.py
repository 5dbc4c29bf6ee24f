"""A pre-registration is made by hand, withdrawn, and put back within a day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.access import throttle
from outpost.access.throttle import HOUR, Limit
from outpost.audit import deletions
from outpost.audit import services as audit
from outpost.audit.deletions import Restorable, few, ids_of, names_within
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.outgoing import outgoing
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells
from outpost.core.stated import Stated, name_hash
from outpost.exchange.merge import wait_for_import
from outpost.health import outside
from outpost.health.models import Declaration
from outpost.health.queries.journeys import declaration_of, phone_of
from outpost.people.seals import person_id_of
from outpost.people.services import record_declarations_used, register_person
from outpost.people.stated import seal_stated
from outpost.people.trying import count_tries
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.models import SEALED_AS, Contract, Registration
from outpost.sites.queries.families import family_of
from outpost.sites.reading.people import RegistrationReader
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.services import arrivals, tallies
from outpost.sites.services.passing import refuse_inside
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS, Roll

REGISTRATION_KEY = ("contract_id", "person_id")
REGISTERED = "sites.registered"
FETCHED = Limit("sites.fetched", 120, HOUR)
"""An account's: a crew is registered by file; who asks for more by hand looks for people."""
WITHDRAWN, RESTORED = "sites.registration_withdrawn", "sites.registration_restored"
KIND = "sites.registrations"  # of what was withdrawn


def register(contract_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> Registration:
    """Register somebody who declared their health under this number and name, here or with the outside service; the
    phone of the declaration is taken where none is typed. Where that service does not answer they wait 待核验.
    `stated`: cells by the columns of the table, as typed.

    Raises Refusal: 403, NOT_FOUND, TOO_MANY_FETCHED, TRIES_USED_UP, DECLARE_FIRST_ALONE (the same, whoever is known),
    REGISTERED_HERE, FAMILY_HERE; Faults, all that is wrong with the cells.
    """
    actor.require(REGISTER_PEOPLE)
    count_fetch(stated, actor=actor, at=at)
    is_unanswered = outside.is_configured() and _is_unanswered(contract_id, stated, actor=actor, at=at)
    return _register(contract_id, stated, actor=actor, at=at, is_unanswered=is_unanswered)


def count_fetch(stated: StatedCells, *, actor: Actor, at: datetime) -> None:
    """Count a question for a declaration, whatever comes of it: by the hour, and its number with all that the account
    tries in a day. Raises Refusal TOO_MANY_FETCHED, TRIES_USED_UP."""
    throttle.count(FETCHED, actor.id, problem=errors.TOO_MANY_FETCHED, at=at)
    count_tries({"document": stated.get("document_number")}, REGISTER_PEOPLE, actor=actor, at=at)


def _is_unanswered(contract_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> bool:
    """Ask the outside service for a declaration where there is none of our own, with no transaction open; whether it
    gave no answer."""
    mine = Contract.objects.visible_to(actor, REGISTER_PEOPLE).current()
    if (contract := mine.filter(id=contract_id).first()) is None:
        return False
    values = RegistrationReader(contract, local_day(at), actor=actor).stated(stated).checked()
    person_id, named = person_id_of(ring(), values["document"]), name_hash(ring(), values["name"])
    if fetch(person_id, named, at=at) is not None:
        return False
    question = outside.Question(values["document"], values["name"])
    since = at - timedelta(days=DECLARED_WITHIN_DAYS)
    try:
        outside.take_over(question, since=since, at=at, out=outgoing())
    except outside.UnavailableError:
        return True
    return False


@transaction.atomic
def _register(
    contract_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime, is_unanswered: bool
) -> Registration:
    wait_for_import("sites_registration")
    (contract,) = lock_rows(Contract.objects.visible_to(actor, REGISTER_PEOPLE).current(), [contract_id])
    values = RegistrationReader(contract, local_day(at), actor=actor).stated(stated).checked()
    person_id, named = person_id_of(ring(), values["document"]), name_hash(ring(), values["name"])
    declared = fetch(person_id, named, at=at)
    if declared is None and not is_unanswered:
        raise Refusal(errors.DECLARE_FIRST_ALONE, days=DECLARED_WITHIN_DAYS, column="document_number")
    refuse_known(contract, [person_id])
    register_person(values["document"], values["name"], at=at)
    row = Registration(contract=contract, person_id=person_id, employer_id=values["employer"])
    row.roll, row.departure = values["roll"] or Roll.WORKER.value, values["departure"]
    row.trade, row.created_at, row.updated_at = values["trade"] or "", at, at
    phone = values["phone"] or (phone_of(declared) if declared else "")
    told = Stated(values["name"], phone, values["address"] or "")
    row.unverified_since = row.verify_next_at = at if declared is None else None
    row.state(seal_stated(ring(), row.sealing_context, told, kind=SEALED_AS))
    row.save(force_insert=True)
    arrivals.note(ArrivalEvent.REGISTERED, [row.id], at=at)
    tallies.follow([contract.id], at=at, stated=[person_id])
    record_declarations_used([person_id], actor=actor, at=at)
    audit.record(REGISTERED, actor=actor, at=at, object_id=row.id)
    return row


def fetch(person_id: UUID, named: bytes, *, at: datetime) -> Declaration | None:
    """获取健康云信息: what a person declared under this number and name within the days that count. Who asks has
    counted it (`FETCHED`), and keeps for the person to see that it was used."""
    return declaration_of(person_id, named, since=at - timedelta(days=DECLARED_WITHIN_DAYS), at=at)


def refuse_known(contract: Contract, person_ids: Collection[UUID]) -> None:
    """Raises REGISTERED_HERE, FAMILY_HERE: under one contract, which the caller has locked, a person either works or
    comes along, once."""
    if Registration.objects.current().filter(contract=contract, person__in=person_ids).exists():
        raise Refusal(errors.REGISTERED_HERE, column="document_number")
    if family_of(contract).filter(person__in=person_ids).exists():
        raise Refusal(errors.FAMILY_HERE, column="document_number")


def registered(registration_id: UUID, actor: Actor) -> Registration:
    """Somebody who is registered, within the actor's reach, the contract locked: their family comes and they go one
    after the other. Raises Refusal NOT_FOUND."""
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE).current()
    contracts = Contract.objects.filter(id__in=mine.filter(id=registration_id).values("contract"))
    for contract in contracts.select_for_update(no_key=True):
        if found := mine.select_related("contract").filter(id=registration_id, contract=contract).first():
            return found
    raise Refusal(NOT_FOUND)


@transaction.atomic
def withdraw_registration(registration_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """Take somebody out of a site's register; undone within a day. Returns the contract. Raises Refusal: 403,
    NOT_FOUND, STILL_INSIDE."""
    actor.require(REGISTER_PEOPLE)
    wait_for_import("sites_registration")
    registered(registration_id, actor)
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE)
    (found,) = lock_rows(mine.current(), [registration_id])
    refuse_inside(found.stays.filter(left_at__isnull=True).count())
    arrivals.note(ArrivalEvent.WITHDRAWN, [found.id], at=at)
    _mark(found, at, actor=actor, at=at, cause=WITHDRAWN)
    tallies.follow([found.contract_id], at=at)
    deletions.remember(KIND, [found.id], actor=actor, at=at, parts={})
    audit.record(WITHDRAWN, actor=actor, at=at, object_id=found.id)
    return found.contract_id


def restore_registration(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Put it back. Raises Refusal: NOT_FOUND outside the actor's reach or under a closed contract, REGISTERED_AGAIN;
    as `refuse_known` where the person or their family stands here otherwise by now."""
    wait_for_import("sites_registration")
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE)
    (found,) = lock_rows(mine, deletion.object_ids)
    if found.removed_at != deletion.deleted_at:
        return
    if found.contract.removed_at is not None:
        raise Refusal(NOT_FOUND)
    if Registration.objects.current().filter(contract=found.contract_id, person=found.person_id).exists():
        raise Refusal(errors.REGISTERED_AGAIN)
    (contract,) = lock_rows(Contract.objects.all(), [found.contract_id])
    came_along = found.family.filter(removed_at__isnull=True).values_list("person_id", flat=True)
    refuse_known(contract, [found.person_id, *came_along])
    arrivals.note(ArrivalEvent.REGISTERED, [found.id], at=at)
    _mark(found, None, actor=actor, at=at, cause=RESTORED)
    tallies.follow([contract.id], at=at, stated=[found.person_id])
    audit.record(RESTORED, actor=actor, at=at, object_id=found.id)


def _mark(
    found: Registration, removed_at: datetime | None, *, actor: Actor, at: datetime, cause: str
) -> None:
    everything = Registration.objects.all()
    deletions.mark(everything, REGISTRATION_KEY, [found.id], removed_at, actor=actor, at=at, cause=cause)


def _names(withdrawn: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    """By the contract: the list of what was deleted names nobody."""
    mine = Registration.objects.visible_to(actor, REGISTER_PEOPLE).filter(id__in=ids_of(withdrawn))
    return names_within(
        withdrawn, {str(one.id): one.contract.number for one in mine.select_related("contract")}, few
    )


def _address(deletion: Deletion) -> str:
    found = Registration.objects.get(id=deletion.object_ids[0])
    return reverse("sites:registrations", args=[found.contract_id])


REGISTRATIONS = (
    Restorable(
        KIND, REGISTER_PEOPLE, _("Pre-registrations of a site"), _names, restore_registration, _address
    ),
)
