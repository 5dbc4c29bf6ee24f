"""登记管理人员: a lead authorises people to register for one employer under one contract. Their right is the phone's,
over that employer alone; it ends with the contract, by the lead at once, or after its last day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from outpost.access.services.principals import Charge, Holder, assign
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.rights import Role
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells
from outpost.core.stated import Stated
from outpost.exchange.merge import wait_for_import
from outpost.notifications.recipients import Phone
from outpost.notifications.services import send
from outpost.people.services import register_person
from outpost.people.stated import seal_stated
from outpost.sites import errors
from outpost.sites.actions import AUTHORISE_USERS
from outpost.sites.columns.people import AUTHORISED as COLUMNS
from outpost.sites.models import Contract, SiteUser
from outpost.sites.reading.people import RegistrationReader
from outpost.sites.rules.entering import EMPLOYER

USERS = Charge(Role.SITE_USER, EMPLOYER, "access.site_users_assigned", "access.site_user_changed")
AUTHORISED, ENDED, NAMED = "sites.user_authorised", "sites.user_ended", "sites.user_named"
MOST_USERS = 50
FARTHEST = timedelta(days=366)
SEALED_AS = "site_user"


@transaction.atomic
def authorise_user(
    contract_id: UUID, stated: StatedCells, last_day: date | None, *, actor: Actor, at: datetime
) -> SiteUser:
    """Give somebody the right over one employer under a contract, and tell them. `stated`: cells by the columns of the
    table, as typed.

    Raises Refusal: 403, NOT_FOUND, LAST_DAY_WHEN, AUTHORISED_ALREADY, TOO_MANY_USERS, DUTIES_OF_PHONE; Faults, all that
    is wrong with the cells.
    """
    actor.require(AUTHORISE_USERS)
    wait_for_import("sites_employer")
    (contract,) = lock_rows(Contract.objects.visible_to(actor, AUTHORISE_USERS).current(), [contract_id])
    today = local_day(at)
    reader = RegistrationReader(contract, today, actor=actor, action=AUTHORISE_USERS, sheet=COLUMNS)
    values = reader.stated(stated).checked()
    if last_day is not None and not today <= last_day <= today + FARTHEST:
        raise Refusal(errors.LAST_DAY_WHEN, latest=(today + FARTHEST).isoformat(), column="last_day")
    person_id = register_person(values["document"], values["name"], at=at)
    row = SiteUser(contract=contract, employer_id=values["employer"], person_id=person_id, last_day=last_day)
    row.authorised_by, row.authorised_at = actor.label, at
    told = Stated(values["name"], values["phone"])
    row.state(seal_stated(ring(), row.sealing_context, told, kind=SEALED_AS))
    _refuse_second(row)
    row.save(force_insert=True)
    assign(USERS, [Holder(row.employer_id, told.phone)], actor=actor, at=at)
    send(NAMED, recipients=[Phone(told.phone)], dedupe=f"{NAMED}:{row.id}", at=at, url=reverse("sites:mine"))
    audit.record(AUTHORISED, actor=actor, at=at, object_id=row.id)
    return row


def _refuse_second(row: SiteUser) -> None:
    standing = SiteUser.objects.current().filter(employer=row.employer_id)
    if standing.filter(Q(person=row.person_id) | Q(phone_hash=row.phone_hash)).exists():
        raise Refusal(errors.AUTHORISED_ALREADY, column="document_number")
    if standing.count() >= MOST_USERS:
        raise Refusal(errors.TOO_MANY_USERS, most=MOST_USERS)


@transaction.atomic
def end_user(user_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """End somebody's right now, with all their sessions; returns the contract. Raises Refusal: 403, NOT_FOUND."""
    actor.require(AUTHORISE_USERS)
    mine = SiteUser.objects.visible_to(actor, AUTHORISE_USERS).current()
    (row,) = lock_rows(mine, [user_id])
    _end([row], actor=actor, at=at)
    return row.contract_id


@transaction.atomic
def end_overdue(*, actor: Actor, at: datetime) -> int:
    """End the rights whose last day is over or whose employer is gone; returns how many."""
    is_over = Q(last_day__lt=local_day(at)) | Q(employer__removed_at__isnull=False)
    overdue = SiteUser.objects.filter(is_over, ended_at__isnull=True).values_list("id", flat=True)
    rows = lock_rows(SiteUser.objects.filter(ended_at__isnull=True), list(overdue))
    _end(rows, actor=actor, at=at)
    return len(rows)


def follow_contract(contract: Contract, *, is_closed: bool, actor: Actor, at: datetime) -> None:
    """While a contract is closed its users have no right; what was not ended meanwhile comes back with it."""
    lasting = Q(last_day__isnull=True) | Q(last_day__gte=local_day(at))
    rows = contract.users.filter(lasting, ended_at__isnull=True, employer__removed_at__isnull=True)
    _assign(rows, is_given=not is_closed, actor=actor, at=at)


def _end(rows: Sequence[SiteUser], *, actor: Actor, at: datetime) -> None:
    for row in rows:
        SiteUser.objects.filter(id=row.id).update(ended_at=at)
        audit.record(ENDED, actor=actor, at=at, object_id=row.id)
    _assign(rows, is_given=False, actor=actor, at=at)


def _assign(rows: Iterable[SiteUser], *, is_given: bool, actor: Actor, at: datetime) -> None:
    phones = [(row.employer_id, row.stated(ring()).phone) for row in rows]
    holders = [Holder(over, phone) if is_given else Holder(over, "", phone) for over, phone in phones]
    assign(USERS, holders, actor=actor, at=at)
