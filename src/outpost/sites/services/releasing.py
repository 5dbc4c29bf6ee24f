"""Release 解除告知: whom the command lets in again is told, and so is the lead of each site of theirs, once the lifting
holds: by what is on record at that moment, never by what was planned."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.health.queries.lifting_sets import lifted_since
from outpost.notifications.recipients import Account, Phone
from outpost.notifications.services import send
from outpost.people.documents import one_key
from outpost.sites.models import Registration
from outpost.sites.queries.leads import leads_of

TOLD, PERSON_TOLD = "sites.released", "sites.released_person"
LATEST = timedelta(days=1)
"""How long after its beginning a lifting is still told, such as after the worker was down."""


@transaction.atomic
def tell_released(*, actor: Actor, at: datetime) -> int:
    """Tell of each lifting that has begun, once; returns of how many registrations. Of who waits 待核验 nothing is
    told: nobody has said yet that name and number belong together."""
    lifted = lifted_since(at - LATEST, at=at)
    rows = Registration.objects.current().filter(person__in=list(lifted), unverified_since__isnull=True)
    locked = rows.select_for_update(of=("self",)).select_related("contract").order_by("contract_id", "id")
    new = [row for row in locked if row.released_at != lifted[row.person_id]]
    if not new:
        return 0
    for row in new:
        row.released_at = lifted[row.person_id]
    Registration.objects.bulk_update(new, ["released_at"])
    for _contract, crew in groupby(new, key=lambda row: row.contract_id):
        _tell_lead(list(crew), at=at)
    _tell_people(new, lifted, at=at)
    audit.record(TOLD, actor=actor, at=at, count=len(new))
    return len(new)


def _tell_lead(crew: Sequence[Registration], *, at: datetime) -> None:
    """Of one contract. Nothing of a person stands in it: of one it leads to their page, of several to the list."""
    contract = crew[0].contract
    one, many = reverse("sites:person", args=[crew[0].id]), reverse("sites:registrations", args=[contract.id])
    told = [Account(account) for account in leads_of(contract)]
    url = one if len(crew) == 1 else many
    send(TOLD, recipients=told, dedupe=f"{TOLD}:{contract.id}:{at.isoformat()}", at=at, url=url)


def _tell_people(rows: Sequence[Registration], lifted: Mapping[UUID, datetime], *, at: datetime) -> None:
    """Each once, however many sites and documents there are."""
    whose = one_key([row.person_id for row in rows])
    for row in {whose[row.person_id]: row for row in rows}.values():
        if phone := row.stated(ring()).phone:
            dedupe = f"{PERSON_TOLD}:{row.id}:{lifted[row.person_id].isoformat()}"
            send(PERSON_TOLD, recipients=[Phone(phone)], dedupe=dedupe, at=at)
