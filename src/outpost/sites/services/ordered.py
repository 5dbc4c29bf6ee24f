"""Telling of orders: each person once, by whichever registration of theirs has a phone, and the leads of each of their
sites. Nothing of a person stands in what leads are told, and no illness in either."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.urls import reverse

from outpost.core.crypto import ring
from outpost.notifications.recipients import Account, Phone
from outpost.notifications.services import overtake, send
from outpost.people.documents import one_key
from outpost.sites.models import Registration, RegistrationQuerySet
from outpost.sites.queries.leads import leads_of

RELEASED, END_MOVED = "sites.released_person", "sites.end_moved_person"
TO_PEOPLE = (RELEASED, END_MOVED)
"""What people are told of their orders: the later word overtakes the one that still waits for its channel."""


def reached(people: Collection[UUID]) -> RegistrationQuerySet:
    """The registrations of people who may be told of, by contract. Of who waits 待核验 nothing is told: nobody has said
    yet that name and number belong together."""
    rows = Registration.objects.current().filter(person__in=people, unverified_since__isnull=True)
    return rows.select_related("contract").order_by("contract_id", "id")


def tell_leads(template: str, rows: Sequence[Registration], *, at: datetime) -> None:
    """Of `rows` by contract: of one person it leads to their page, of several to the list."""
    for contract, group in groupby(rows, key=lambda row: row.contract):
        crew = list(group)
        one, many = (
            reverse("sites:person", args=[crew[0].id]),
            reverse("sites:registrations", args=[contract.id]),
        )
        told = [Account(account) for account in leads_of(contract)]
        url = one if len(crew) == 1 else many
        send(template, recipients=told, dedupe=f"{template}:{contract.id}:{at.isoformat()}", at=at, url=url)


def tell_people(
    template: str, rows: Sequence[Registration], about: Mapping[UUID, str], *, at: datetime, value: str = ""
) -> None:
    """Each person once, however many sites and documents there are. `about`: by person what they are told of, which
    they are told once; in the message as `value`, sealed until it has gone, and then told at each call."""
    overtake(TO_PEOPLE, [str(row.id) for row in rows], at=at)
    whose, told = one_key([row.person_id for row in rows]), set()
    for row in rows:
        phone = row.stated(ring()).phone
        if not phone or whose[row.person_id] in told:
            continue
        told.add(whose[row.person_id])
        said = about[row.person_id]
        # what is sealed stands in no key, and may come to be told again
        which = at.isoformat() if value else said
        send(
            template,
            recipients=[Phone(phone)],
            dedupe=f"{template}:{row.id}:{which}",
            secret={value: said} if value else None,
            at=at,
        )
