"""How many numbers an account may try in a day where the answer tells known from unknown (T11).

Whoever sees numbers masked could find them by trying all that fit the mask: 32,777 documents, 10,000 phones. So
distinct values are counted by day, account and mask, over all doors together: the preview of a file, the check while
typing, the refusal of a duplicate, filters of lists and of their files. A ledger of a district meets each mask a few
times; an attack meets one thousands of times. What the reader sees in clear anyway is not counted.
"""

from datetime import date, datetime
from typing import LiteralString

from django.db import connection, transaction
from django.db.models import Count
from psycopg import sql

from outpost.access import errors
from outpost.access.models import Tried
from outpost.audit import queries as audit
from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import KeyRing, ring
from outpost.core.errors import Refusal
from outpost.regions.rules import ORGANIZATION

SINGLES = 300
"""The most values that are tried one by one in a day; rows of files are not among them."""
OF_ONE_MASK = 30
MASKS = 11_000
"""How many masks documents of one place have (three digits and a check character): many rows meet each more often."""
USED_UP = "access.tries_used_up"


def sees_masks(actor: Actor, action: str) -> bool:
    """Whether the actor does this to people whom they see masked; an employer's own are seen in clear."""
    reach = actor.reach(action)
    return not actor.is_system and (reach.everything or bool(reach.without(ORGANIZATION)))


def mask_hash(keys: KeyRing, masked: str) -> bytes:
    """How a mask is kept."""
    return keys.search_hash("access.mask", masked)


def try_one(value: str, masked: str, *, actor: Actor, at: datetime) -> None:
    """Count a value that is typed, before it is looked for. Commits at once unless the caller holds a transaction.

    Raises TRIES_USED_UP, which is recorded and told once a day.
    """
    keys, on = ring(), local_day(at)
    mask = mask_hash(keys, masked)
    tried = Tried(
        actor_id=actor.id, on=on, value=keys.search_hash("access.tried", value), mask=mask, is_single=True
    )
    Tried.objects.bulk_create([tried], ignore_conflicts=True)
    mine = Tried.objects.filter(actor_id=actor.id, on=on)
    singles, of_mask = mine.filter(is_single=True).count(), mine.filter(mask=mask).count()
    if singles > SINGLES or of_mask > _most(mine.count()):
        _refuse(max(singles, of_mask), actor=actor, on=on, at=at)


def try_staged(
    rows: str, value: LiteralString, *, actor: Actor, at: datetime, mask: LiteralString = "mask"
) -> None:
    """The same for all rows of a staging table `s` with a column `mask`; `value` is SQL for what is tried, as bytes."""
    on = local_day(at)
    table = sql.Identifier(*rows.split("."))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                'INSERT INTO access_tried (actor_id, "on", value, mask, is_single)'
                " SELECT DISTINCT ON ({value}) %s, %s::date, {value}, s.{mask}, FALSE FROM {rows} s"
                ' ON CONFLICT (actor_id, "on", value) DO NOTHING'
            ).format(value=sql.SQL(value), mask=sql.Identifier(mask), rows=table),
            [actor.id, on],
        )
    mine = Tried.objects.filter(actor_id=actor.id, on=on)
    by_mask = mine.values("mask").annotate(values=Count("id")).order_by("-values")
    most = by_mask.values_list("values", flat=True).first() or 0
    if most > _most(mine.count()):
        _refuse(most, actor=actor, on=on, at=at)


def sweep(*, before: date) -> int:
    """Forget the days before."""
    return Tried.objects.filter(on__lt=before).delete()[0]


def _most(total: int) -> int:
    """How many values may share a mask among so many."""
    return OF_ONE_MASK + 3 * total // MASKS


def _refuse(found: int, *, actor: Actor, on: date, at: datetime) -> None:
    told = audit.entries(actor=Actor.system("access.tries"), action=USED_UP, first_on=on, last_on=on)
    if not told.filter(actor_id=actor.id).exists():
        announce("people.looked")
        record(USED_UP, actor=actor, at=at, count=found)
    raise Refusal(errors.TRIES_USED_UP)
