"""Release in bulk: of whoever has done all that their order asked for, on the word of two as ever, and of the orders as
they stand at each of the two words. Whoever is let in again is told as of any lifting, once it holds."""

from datetime import datetime

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal
from outpost.exchange.merge import wait_for_import
from outpost.health import errors
from outpost.health.actions import AGREE_DISPOSITIONS, RECORD_DISPOSITIONS
from outpost.health.lifting import Done
from outpost.health.queries.releases import SOURCE, Batch, releases
from outpost.health.rules import Disposition
from outpost.health.services.lifting_rules import LOCK
from outpost.health.services.proposals import (
    PROPOSED,
    Wanted,
    confirm_proposal,
    first_word,
    keep_first_words,
    tell_who_decides,
)

RELEASES_PROPOSED, RELEASES_CONFIRMED = "health.releases_proposed", "health.releases_confirmed"


@transaction.atomic
def propose_releases(seen: str, *, actor: Actor, at: datetime) -> int:
    """Propose to let in again whoever the actor has seen, all of them or nobody; returns how many.

    Raises Refusal: 403, NOTHING_TO_RELEASE, RELEASES_CHANGED where the orders give another list now.
    """
    actor.require(RECORD_DISPOSITIONS)
    hold_lock(LOCK)
    ready = _as_seen(releases(actor=actor, at=at).to_propose, seen)
    rows = [
        first_word(one.person_id, Disposition.ADMITTED, _ground(one.order.done), SOURCE, actor=actor, at=at)
        for one in ready.rows
    ]
    new = keep_first_words(rows)
    tell_who_decides(PROPOSED, at)
    audit.record(RELEASES_PROPOSED, actor=actor, at=at, count=new)
    return new


@transaction.atomic
def confirm_releases(seen: str, *, actor: Actor, at: datetime) -> int:
    """Let in again whom another officer proposed and the actor has seen; returns how many. Whose order gives something
    else by now stays waiting, and is decided about on its own.

    Raises Refusal: 403, NOTHING_TO_RELEASE, RELEASES_CHANGED.
    """
    actor.require(AGREE_DISPOSITIONS)
    hold_lock(LOCK)
    wait_for_import("health_disposition")
    ready = _as_seen(releases(actor=actor, at=at).to_agree, seen)
    asked = [one.proposal for one in ready.rows if one.proposal is not None]
    for proposal in asked:
        wanted = Wanted(disposition=Disposition.ADMITTED, ground=proposal.ground)
        confirm_proposal(proposal.id, wanted, actor=actor, at=at)
    audit.record(RELEASES_CONFIRMED, actor=actor, at=at, count=len(asked))
    return len(asked)


def _as_seen(ready: Batch, seen: str) -> Batch:
    if not ready.rows:
        raise Refusal(errors.NOTHING_TO_RELEASE)
    if ready.seen != seen:
        raise Refusal(errors.RELEASES_CHANGED)
    return ready


def _ground(far: Done) -> str:
    """In the words of files, as the grounds of reports."""
    return f"处置期满：{far.days}个整日，最后一日{far.last_full_on}；阴性{far.tests_done}次"
