"""The phone of who is registered: typed, else that of their own declaration."""

from dataclasses import replace
from datetime import datetime, timedelta

from outpost.core.crypto import ring
from outpost.health.models import Declaration
from outpost.health.queries.journeys import declarations_of, phone_of
from outpost.people.stated import seal_stated
from outpost.sites.models import SEALED_AS, Registration, RegistrationQuerySet
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS


def take_phone(row: Registration, declared: Declaration) -> list[str]:
    """Where none was typed, that of the declaration is taken; returns the columns that have changed, to be saved."""
    stated, phone = row.stated(ring()), phone_of(declared)
    if stated.phone or not phone:
        return []
    seal = seal_stated(ring(), row.sealing_context, replace(stated, phone=phone), kind=SEALED_AS)
    row.state(seal)
    return list(seal._fields)


def take_phones(found: RegistrationQuerySet, *, at: datetime) -> None:
    """The same for these, of whom each has declared, in the caller's transaction."""
    rows = list(found)
    named = {row.person_id: bytes(row.name_hash) for row in rows}
    declared = declarations_of(named, since=at - timedelta(days=DECLARED_WITHIN_DAYS), at=at)
    taken = {row: take_phone(row, declared[row.person_id]) for row in rows if row.person_id in declared}
    changed = {row: columns for row, columns in taken.items() if columns}
    if changed:
        Registration.objects.bulk_update(list(changed), next(iter(changed.values())), batch_size=500)
