"""Whose number is typed at sign-in: the account's own, as it stated or an officer saw it."""

from collections.abc import Collection
from uuid import UUID

from outpost.core.crypto import ring
from outpost.core.text import compact
from outpost.people.models import RealName
from outpost.people.rules import DocumentType


def people_of(number: str) -> Collection[UUID]:
    """Whom a typed number may mean: one of each type of document. Nothing is looked up."""
    typed = compact(number).upper()
    return {ring().pseudonym(kind, typed) for kind in DocumentType}


def fits(phone_hash: bytes, number: str) -> bool:
    """Whether the account of a phone speaks for this document."""
    mine = RealName.objects.filter(account__phone_hash=phone_hash)
    return mine.filter(person__in=people_of(number)).exists()
