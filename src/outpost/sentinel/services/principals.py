"""负责人变更: the principal of an organisation in use is replaced on a second word only (docs/adr/0017).

Asked by an officer, by hand or in a file; agreed to or declined by the present principal, or by a second officer who
reaches all of the organisation. Both principals are told of each step.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.queries import signed_in_principals
from outpost.access.services.principals import Holder, assign_principals, refuse_clashing
from outpost.audit import services as audit
from outpost.audit import versions
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.stated import Stated, phone_hash, seal
from outpost.exchange.merge import wait_for_import
from outpost.notifications.recipients import INBOX_ONLY, Account, Medium, Phone, Recipient
from outpost.notifications.services import send
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.regions.models import Organization, PrincipalChange
from outpost.regions.services import entry_of
from outpost.sentinel.queries.principals import asked_for, deciders, to_decide

ORGANIZATION_KEY = ("region_id", "name")
REPLACED = "sentinel.principal_agreed"  # what the history calls it
MEDIA = frozenset({Medium.INBOX, Medium.SMS})


def ask_for_principal(
    organization: Organization, stated: Stated, *, actor: Actor, at: datetime, import_id: UUID | None = None
) -> PrincipalChange:
    """Let the change to this name and phone wait for a second word; it takes the place of one that waits.

    The caller has checked the actor's right over all of the organisation, and has a transaction open."""
    refuse_clashing([stated.phone])
    withdraw([organization.id])
    change = PrincipalChange(
        organization=organization,
        phone_hash=phone_hash(ring(), stated.phone),
        former_phone_hash=bytes(organization.principal_phone_hash),
        asked_by=actor.id,
        asked_label=actor.label,
        asked_at=at,
        import_id=import_id,
    )
    change.sealed = seal(ring(), change.sealing_context, stated)
    change.save(force_insert=True)
    officers = [Account(one, INBOX_ONLY) for one in deciders(change)]
    _tell("sentinel.principal_asked", change, [*_both(change, stated), *officers], at=at)
    audit.record("sentinel.principal_asked", actor=actor, at=at, object_id=organization.id)
    return change


@transaction.atomic
def decide_principal(change_id: UUID, *, is_agreed: bool, actor: Actor, at: datetime) -> None:
    """Put the one who was asked for in charge, or leave it as it is. Once: afterwards there is nothing to decide.

    Raises NOT_FOUND where the actor's word does not count, or the organisation has another principal by now.
    """
    wait_for_import("sentinel_enrolment")
    change = or_not_found(to_decide(actor=actor).select_for_update(of=("self",)).filter(id=change_id).first())
    organization = Organization.objects.select_for_update(no_key=True).get(id=change.organization_id)
    if bytes(organization.principal_phone_hash) != bytes(change.former_phone_hash):
        raise Refusal(NOT_FOUND)
    change.state = PrincipalChange.AGREED if is_agreed else PrincipalChange.DECLINED
    change.decided_by, change.decided_at = actor.id, at
    change.save(update_fields=["state", "decided_by", "decided_at"])
    _tell(f"sentinel.principal_{change.state}", change, _both(change, asked_for(change)), at=at)
    if is_agreed:
        _replace(organization, asked_for(change), actor=actor, at=at)
    detail = {"asked_by": change.asked_by}
    action = "sentinel.principal_agreed" if is_agreed else "sentinel.principal_declined"
    audit.record(action, actor=actor, at=at, object_id=organization.id, detail=detail)


def withdraw(organization_ids: Iterable[UUID]) -> None:
    """Let nothing wait for these organisations any more."""
    waiting = PrincipalChange.objects.filter(
        organization__in=list(organization_ids), state=PrincipalChange.WAITING
    )
    waiting.update(state=PrincipalChange.WITHDRAWN)


def withdraw_asked(import_id: UUID) -> None:
    """Let nothing wait any more that a file asked for."""
    asked = PrincipalChange.objects.filter(import_id=import_id, state=PrincipalChange.WAITING)
    asked.update(state=PrincipalChange.WITHDRAWN)


def _replace(organization: Organization, stated: Stated, *, actor: Actor, at: datetime) -> None:
    former = regions.principal_of(organization)
    versions.keep_rows(
        "regions_organization", ORGANIZATION_KEY, [organization.id], at=at, cause=REPLACED, actor=actor
    )
    Organization.objects.filter(id=organization.id).update(import_id=None)
    entry = replace(entry_of(organization), principal_name=stated.name, principal_phone=stated.phone)
    regions_services.change_organization(organization, entry, at=at)
    assign_principals([Holder(organization.id, stated.phone, former.phone)], actor=actor, at=at)


def _both(change: PrincipalChange, stated: Stated) -> list[Recipient]:
    """The one in charge and the one who is asked for; who never signed in gets no message in an inbox."""
    present = regions.principal_of(change.organization)
    known = signed_in_principals([change.organization_id]).get(str(change.organization_id), [])
    accounts: list[Recipient] = [Account(user_id, MEDIA) for user_id in known]
    return [*accounts, *(() if known else [Phone(present.phone)]), Phone(stated.phone)]


def _tell(template: str, change: PrincipalChange, recipients: Iterable[Recipient], *, at: datetime) -> None:
    url = reverse("sentinel:principals")
    send(template, recipients=recipients, dedupe=f"{template}:{change.id}", at=at, url=url, is_urgent=True)
