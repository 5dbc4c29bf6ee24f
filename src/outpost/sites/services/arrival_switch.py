"""The arrivals feed goes on with two words: one officer asks for it, another agrees, both over the whole district.

Whoever switched it on alone, or moved its address, could have everybody's number sent wherever they like. What is
agreed to is the address; another one waits for two words again (docs/adr/0040-arrivals-feed.md).
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.core.actor import Actor
from outpost.core.allowed_hosts import NotAllowedError, split_url
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.outgoing import outgoing
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.sites import errors
from outpost.sites.actions import SWITCH_ARRIVALS
from outpost.sites.models.arrivals import REQUEST, THE_FEED, TURN, ArrivalFeed
from outpost.sites.services.arrivals import LOCK, catch_up, require_whole

TOLD = (SWITCH_ARRIVALS, SEE_AUDIT)


@transaction.atomic
def ask(*, actor: Actor, at: datetime) -> None:
    """Ask that the feed goes on, to the configured address; from the server's own terminal it is on at once.

    Raises Refusal: 403, WHOLE_DISTRICT, ARRIVALS_ON, ARRIVALS_HOST when the address is not listed.
    """
    state, url = _locked(actor), settings.OUTPOST_ARRIVALS_URL
    if state.is_on and state.agreed_url == url:
        raise Refusal(errors.ARRIVALS_ON)
    _check_peer(url)
    state.asked_by, state.asked_at, state.asked_url = actor.id, at, url
    if actor.is_system:
        _put_on(state, actor=actor, at=at)
        return
    state.save(update_fields=REQUEST)
    _say("asked", state, actor=actor, at=at)


@transaction.atomic
def agree(*, actor: Actor, at: datetime) -> None:
    """The second word. Raises Refusal: 403, WHOLE_DISTRICT, NOT_FOUND when nothing waits or the actor asked,
    ARRIVALS_MOVED when the address is another one meanwhile."""
    state = _locked(actor)
    if state.asked_at is None or state.asked_by == actor.id:
        raise Refusal(NOT_FOUND)
    if state.asked_url != settings.OUTPOST_ARRIVALS_URL:
        raise Refusal(errors.ARRIVALS_MOVED)
    _put_on(state, actor=actor, at=at)


@transaction.atomic
def decline(*, actor: Actor, at: datetime) -> None:
    """Let what waits not come about, one's own as well; what was agreed to before stands. Raises Refusal: 403,
    WHOLE_DISTRICT, NOT_FOUND when nothing waits."""
    state = _locked(actor)
    if state.asked_at is None:
        raise Refusal(NOT_FOUND)
    _forget_request(state)
    state.save(update_fields=REQUEST)
    _say("declined", state, actor=actor, at=at)


@transaction.atomic
def end(*, actor: Actor, at: datetime) -> None:
    """Switch the feed off: nothing is written or sent any more. Raises Refusal: 403, WHOLE_DISTRICT, NOT_FOUND when it
    is off."""
    state = _locked(actor)
    if not state.is_on:
        raise Refusal(NOT_FOUND)
    state.is_on, state.switched_at, state.lease, state.leased_until = False, at, None, None
    _forget_request(state)
    state.save(update_fields=["is_on", "switched_at", *TURN, *REQUEST])
    _say("off", state, actor=actor, at=at)


def _put_on(state: ArrivalFeed, *, actor: Actor, at: datetime) -> None:
    state.is_on, state.agreed_url, state.switched_at = True, state.asked_url, at
    state.failures, state.failing_since, state.next_at, state.code = 0, None, None, ""
    _forget_request(state)
    state.save(update_fields=["is_on", "agreed_url", "switched_at", *TURN, *REQUEST])
    catch_up(at=at)
    _say("on", state, actor=actor, at=at)


def _forget_request(state: ArrivalFeed) -> None:
    state.asked_by, state.asked_at, state.asked_url = "", None, ""


def _locked(actor: Actor) -> ArrivalFeed:
    """The state, while nobody writes records."""
    require_whole(actor, SWITCH_ARRIVALS)
    hold_lock(LOCK)
    state, _is_new = ArrivalFeed.objects.select_for_update().get_or_create(id=THE_FEED)
    return state


def _check_peer(url: str) -> None:
    """Say now what each call would say later. Without an address the peer fetches."""
    if not url:
        return
    parts = split_url(url)
    try:
        outgoing().allowed.check_url(parts)
    except NotAllowedError:
        raise Refusal(errors.ARRIVALS_HOST, host=parts.netloc) from None


def _say(what: str, state: ArrivalFeed, *, actor: Actor, at: datetime) -> None:
    """Tell officers and auditors, and keep it."""
    everybody = {user.id for action in TOLD for user in users_who_may(action)}
    send(
        f"sites.arrivals_{what}",
        recipients=[Account(one) for one in sorted(everybody)],
        url=reverse("sites:arrivals") if what == "asked" else "",
        dedupe=f"sites.arrivals:{what}:{at.isoformat()}",
        at=at,
    )
    detail = {"url": state.asked_url or state.agreed_url}
    audit.record(f"sites.arrivals_{what}", actor=actor, at=at, detail=detail)
