"""Dispositions 处置: how files of them are merged, and the second officer's word without which they do not count.

Who could enter alone that somebody is to be isolated could shut people in by a list (docs/adr/0026-passes.md). What the
operator enters at the server's own terminal counts at once.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.exchange.models import Import
from outpost.exchange.target import Becomes, Target, Watch, stays
from outpost.health import errors, pass_facts
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.models import DispositionRecord
from outpost.health.queries import lifting_sets
from outpost.health.rules import Disposition, Ground
from outpost.health.services.lifting_rules import LOCK, ask_after_exposures

DISPOSITION_STAGING = {
    "person_id": "uuid",
    "started_at": "timestamptz",
    "disposition": "text",
    "means": "text",
    "ground_kind": "text",
    "ground": "text",
    "stated_ends_at": "timestamptz",
    "name_hash": "bytea",
    "agreed_at": "timestamptz",
    "agreed_by": "text",
}
_KEY = ("person_id", "started_at")
_STATED = ("means", "ground_kind", "ground", "stated_ends_at", "name_hash")
# Of a row from before there were kinds of grounds, whoever is held gets one.
_AGREED = f"""t.agreed_by <> '' AND NOT starts_with(t.agreed_by, 'system:')
    AND NOT (t.ground_kind = '{Ground.STATED}' AND t.disposition <> '{Disposition.ADMITTED}')"""
DISPOSITIONS = Target(
    table="health_disposition",
    key=_KEY,
    columns=tuple(DISPOSITION_STAGING),
    replaced=_STATED,
    compared=_STATED,
    stamps_new=("received_at",),
    stamps_replaced=("received_at",),
    becomes={
        "means": stays("means", "''"),
        "ground_kind": stays("ground_kind", f"'{Ground.STATED}'"),
        "ground": stays("ground", "''"),
        "stated_ends_at": stays("stated_ends_at"),
        "name_hash": Becomes("coalesce(nullif(s.name_hash, ''), t.name_hash)", "nullif(s.name_hash, '')"),
    },
    folded={
        column: f"s.{column} IS NOT NULL" for column in ("means", "ground_kind", "ground", "stated_ends_at")
    },
    watch=Watch(
        unlike={errors.OTHER_DISPOSITION.code: "{row}.disposition"},
        settled={errors.AGREED_STAYS.code: _AGREED},
    ),
)

BROUGHT = "health.dispositions_brought"
_OF_IMPORT = "SELECT person_id FROM health_disposition WHERE import_id = %(import)s"


@transaction.atomic
def agree_to_dispositions(import_id: UUID, *, actor: Actor, at: datetime) -> int:
    """Let the dispositions of a file count that somebody else brought in; returns how many. One that begins before an
    exposure on record is asked about as if that had been stated later.

    Raises Refusal: 403, NOT_FOUND for a file of the actor's own, or of which nothing waits.
    """
    actor.require(AGREE_DISPOSITIONS)
    hold_lock(LOCK)
    brought = Import.objects.filter(id=import_id, state="applied").exclude(owner_id__isnull=True).first()
    if brought is None or actor.id == f"user:{brought.owner_id}":
        raise Refusal(NOT_FOUND)
    waiting = DispositionRecord.objects.filter(import_id=import_id, agreed_at__isnull=True)
    agreed = waiting.update(agreed_at=at, agreed_by=actor.id)
    if not agreed:
        raise Refusal(NOT_FOUND)
    pass_facts.read_anew(pass_facts.DISPOSITIONS, _OF_IMPORT, {"import": import_id})
    people = lifting_sets.running(at).filter(import_id=import_id).values_list("person_id", flat=True)
    ask_after_exposures(list(people), actor=actor, at=at)
    audit.record("health.dispositions_agreed", actor=actor, at=at, object_id=import_id, count=agreed)
    return agreed
