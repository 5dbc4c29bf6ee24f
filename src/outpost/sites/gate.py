"""How sites take part in devices: what a gate is told of its contract, who works there, by which list it lets in."""

import os
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.queries import held_over
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.masking import mask_phone
from outpost.desks.gates import told
from outpost.desks.places import Desk, Worker
from outpost.desks.sealing import b64u
from outpost.health.daily import UNWELL_FROM
from outpost.health.queries.proposals import undecided_of
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Disposition
from outpost.people.queries import identities
from outpost.people.seals import Identity
from outpost.sites.actions import RUN_GATES
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.queries.entering import change_day, standings_of
from outpost.sites.reading.gate import DIGEST, day_text, number_digest, told_of
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.seats import LEAD
from outpost.sites.services.gate import take
from outpost.sites.vocabularies import Roll

NORMAL_UP_TO = UNWELL_FROM - Decimal("0.1")


def setup(key: str) -> dict[str, Any] | None:
    """What a gate is told beside its list, JSON-ready; None for a closed contract."""
    contract = Contract.objects.current().select_related("project").filter(id=UUID(key)).first()
    if contract is None:
        return None
    return {
        "place": {"kind": CONTRACT, "name": f"{contract.project.name} {contract.number}"},
        "checkpoints": [],
        "pass_rules": [],
        "words": {
            "dispositions": {one.value: {"zh": one.zh, "en": one.en} for one in Disposition},
            "rolls": {one.value: {"zh": one.zh, "en": one.en} for one in Roll},
        },
        **told(LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, NORMAL_UP_TO),
    }


def workers(key: str) -> Sequence[Worker]:
    """Who may let people pass at this very site, or could: the accounts with a right over just this contract."""
    contract = Contract.objects.get(id=UUID(key))
    return [
        Worker(user.id, _name(user, contract), ended_at)
        for user, ended_at in held_over(RUN_GATES, CONTRACT, key)
    ]


def _name(user: User, contract: Contract) -> str:
    """The lead is called as in the ledger; another phone account by its masked phone."""
    own, lead = user.phone_hash, contract.lead_phone_hash
    seated = LEAD.of(contract)
    if seated is not None and own is not None and lead is not None and bytes(own) == bytes(lead):
        return seated.name
    return user.display_name or mask_phone(contacts_of(user).phone) or user.username


def may_pair(key: str, actor: Actor) -> bool:
    """Whether somebody may run its gates."""
    return Contract.objects.visible_to(actor, RUN_GATES).current().filter(id=UUID(key)).exists()


def people(key: str, at: datetime) -> dict[str, Any]:
    """By what a gate decides without a network: masked people with what decides about each, as of an instant.

    `holds_to`: the day from which other rules for places hold; `holds_hours`: how old the list may grow. A
    number is found by its digest under a salt of this list alone.
    """
    mine = Registration.objects.current().filter(contract=UUID(key))
    rows = list(mine.select_related("employer").with_undecided())
    standings, known = standings_of(rows, at=at), identities({row.person_id for row in rows})
    inside = set(Stay.objects.inside().filter(contract=UUID(key)).values_list("person_id", flat=True))
    salt, other_rules_on = os.urandom(DIGEST), change_day(local_day(at))
    return {
        "at": at.isoformat(),
        "holds_to": day_text(other_rules_on),
        "holds_hours": settings.OUTPOST_GATE_LIST_HOURS,
        "salt": b64u(salt),
        "people": [
            {
                "id": str(row.id),
                "person": row.person_id.hex,
                "number": number_digest(salt, known[row.person_id]),
                **_shown(row, known[row.person_id]),
                "inside": row.person_id in inside,
                **told_of(standings[row.id]),
                **_undecided(row),
            }
            for row in rows
        ],
    }


def _undecided(row: Registration) -> dict[str, Any]:
    """That an abnormal report waits for a decision, which shuts nobody out; of who waits 待核验 nothing is told."""
    waits = undecided_of(row) if row.unverified_since is None else None
    on = local_day(waits.reported_at) if waits else None
    return {"undecided_on": day_text(on), "undecided_fever": bool(waits and waits.is_fever)}


def _shown(row: Registration, identity: Identity) -> dict[str, str]:
    shown = row.shown(ring(), identity, is_clear=False)
    return {"name": shown.name, "tail": shown.number[-4:], "employer": row.employer.name, "roll": row.roll}


GATE = Desk(str(CONTRACT), may_pair, setup, workers, take, people)
