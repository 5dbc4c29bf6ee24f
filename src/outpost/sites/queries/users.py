"""Reads of who is authorised for a contract: the rows of their page, masked; whether phone and document fit."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from outpost.core.crypto import ring
from outpost.people.queries import identities
from outpost.people.signing_in import people_of
from outpost.people.stated import Shown
from outpost.sites.models import Contract, SiteUser, SiteUserQuerySet


@dataclass(frozen=True, slots=True)
class UserRow:
    """Somebody who is authorised, masked."""

    user: SiteUser
    person: Shown

    @property
    def id(self) -> UUID:
        return self.user.id


def users(contract: Contract) -> SiteUserQuerySet:
    """Who is authorised under a contract in reach."""
    return SiteUser.objects.current().filter(contract=contract).select_related("employer")


def user_rows(found: Iterable[SiteUser]) -> list[UserRow]:
    """Those of a page, masked."""
    rows, keys = list(found), ring()
    known = identities({row.person_id for row in rows})
    return [UserRow(row, row.shown(keys, known[row.person_id], is_clear=False)) for row in rows]


def fits(phone_hash: bytes, number: str) -> bool:
    """Whether somebody of this phone is authorised with this document (`access.documents`)."""
    mine = SiteUser.objects.current().filter(phone_hash=phone_hash)
    return mine.filter(person__in=people_of(number)).exists()
