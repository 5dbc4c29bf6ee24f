"""Reads of accompanying family 携带家属: with whom they come, what they declared, what they mean for entering."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.health.queries.journeys import journeys_of
from outpost.people.queries import identities
from outpost.people.stated import Shown
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import Contract, Registration
from outpost.sites.models.families import FamilyMember, FamilyQuerySet
from outpost.sites.vocabularies import Relation


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One of a family, masked. `declared_on`: the day of the own declaration under this number and name;
    `works_elsewhere`: registered at another site, and may enter that one by the own registration."""

    member: FamilyMember
    person: Shown
    comes_with: Shown
    declared_on: date | None
    works_elsewhere: bool

    @property
    def id(self) -> UUID:
        return self.member.id

    @property
    def relation(self) -> Relation:
        return Relation(self.member.relation)


def family_of(contract: Contract) -> FamilyQuerySet:
    """All accompanying family under a contract, of whichever employer."""
    return _with_whom().filter(registration__contract=contract)


def family_listed(contract: Contract, *, actor: Actor) -> FamilyQuerySet:
    """Those of them whom the actor reaches."""
    return family_of(contract).visible_to(actor, SEE_SITES)


def family_with(registration: Registration) -> FamilyQuerySet:
    """Who comes with somebody in reach."""
    return _with_whom().filter(registration=registration)


def _with_whom() -> FamilyQuerySet:
    return FamilyMember.objects.current().select_related("registration")


def family_seen(family_member_id: UUID, *, actor: Actor) -> FamilyMember:
    """One of a family. Raises Refusal NOT_FOUND outside the actor's reach."""
    mine = FamilyMember.objects.visible_to(actor, SEE_SITES).current()
    return or_not_found(
        mine.select_related("registration__contract__project").filter(id=family_member_id).first()
    )


def family_rows(found: Iterable[FamilyMember], *, at: datetime) -> list[FamilyRow]:
    """These, masked, with whom they come."""
    rows, keys = list(found), ring()
    known = identities({row.person_id for row in rows} | {row.registration.person_id for row in rows})
    journeys = journeys_of({row.person_id: bytes(row.name_hash) for row in rows}, at=at)
    working = Registration.objects.current().filter(person__in=[row.person_id for row in rows])
    elsewhere = set(working.values_list("person_id", flat=True))
    return [
        FamilyRow(
            row,
            row.shown(keys, known[row.person_id], is_clear=False),
            row.registration.shown(keys, known[row.registration.person_id], is_clear=False),
            journey.declared_on if (journey := journeys.get(row.person_id)) else None,
            row.person_id in elsewhere,
        )
        for row in rows
    ]


def family_counts(registrations: Collection[Registration]) -> dict[UUID, int]:
    """How many come with each; nobody is not named."""
    found = FamilyMember.objects.current().filter(registration__in=registrations)
    return dict(found.values_list("registration_id").annotate(Count("id")))


def is_family(registration: Registration) -> bool:
    """Whether somebody who is registered comes with somebody else to another site."""
    return FamilyMember.objects.current().filter(person=registration.person_id).exists()
