"""Files of one account leave room for those of others: few at a time, and in turn."""

from datetime import datetime, timedelta
from uuid import UUID

from outpost.access.throttle import Limit, take
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange import errors
from outpost.exchange.models import Export, Import

RUNNING = 3
"""Files of one account that may be worked on, or wait for it, at a time."""
UNFINISHED = 20
"""Checked files of one account that nobody has confirmed or discarded."""
A_DAY = Limit("files", 200, timedelta(days=1))
"""Files that one account sends or has checked again."""
AT_WORK = ("uploaded", "checking", "applying", "undoing")


def refuse_too_many_imports(owner: UUID | None, *, actor: Actor, at: datetime) -> None:
    """Raise TOO_MANY_* where an account has enough in hand; the command line has no account."""
    if owner is None:
        return
    mine = Import.objects.filter(owner=owner)
    if mine.filter(state__in=AT_WORK).count() >= RUNNING:
        raise Refusal(errors.TOO_MANY_RUNNING, most=RUNNING)
    if mine.filter(state="checked").count() >= UNFINISHED:
        raise Refusal(errors.TOO_MANY_UNFINISHED, most=UNFINISHED)
    refuse_too_many_checks(owner, actor=actor, at=at)


def refuse_too_many_checks(owner: UUID | None, *, actor: Actor, at: datetime) -> None:
    """Raise TOO_MANY_TODAY after the day's files and corrections of an account."""
    if owner is not None and not take(A_DAY, actor.id, at=at):
        raise Refusal(errors.TOO_MANY_TODAY, most=A_DAY.tries)


def refuse_too_many_exports(owner: UUID | None) -> None:
    """Raise TOO_MANY_RUNNING where an account has enough files being written."""
    if owner is not None and _writing(owner) >= RUNNING:
        raise Refusal(errors.TOO_MANY_RUNNING, most=RUNNING)


def turn(owner: UUID | None) -> int:
    """The priority of an account's next job: the more of its files are at work, the later it comes."""
    if owner is None:
        return 0
    return -Import.objects.filter(owner=owner, state__in=AT_WORK).count() - _writing(owner)


def _writing(owner: UUID) -> int:
    return Export.objects.filter(owner=owner, state__in=("waiting", "writing")).count()
