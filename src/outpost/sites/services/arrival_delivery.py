"""Records go out one after the other, in their order, each until the peer says that it took it: at least once.

No transaction is open while the peer is called. One worker has the turn (`lease`); of one that died the turn ends by
itself, and the record that it was sending goes out again, the same to the last byte.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.allowed_hosts import OutgoingError
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.outgoing import Outgoing
from outpost.core.signed_calls import signed_headers
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.people.services import record_shared
from outpost.sites import errors
from outpost.sites.actions import READ_ARRIVALS, SWITCH_ARRIVALS
from outpost.sites.models.arrivals import THE_FEED, TURN, Arrival, ArrivalFeed, ArrivalRun
from outpost.sites.queries.arrivals import feed
from outpost.sites.rules.arrivals import TELL_AFTER, Way, body, is_taken, next_try
from outpost.sites.services.arrivals import number_waiting, require_whole

BATCH, MOST_FETCHED = 50, 1000
SECONDS = 10.0
"""How long the peer may take for one record."""
WORK = timedelta(seconds=45)
"""How long one job sends before the next minute's goes on."""
LEASE = timedelta(minutes=2)
"""Much longer than a call may take (`core.outgoing`)."""
STUCK, AGAIN = "sites.arrivals_stuck", "sites.arrivals_again"
SENDER = Actor.system("sites.arrivals")
ADDRESS_CHANGED = "address_changed"


@dataclass(frozen=True, slots=True)
class _Turn:
    """A worker's turn, and its line of the log."""

    lease: UUID
    run: ArrivalRun


def deliver(*, clock: Callable[[], datetime], out: Outgoing) -> int:
    """Number what was written and send what is due; returns how many records the peer took. Safe to run twice at once,
    and again after a crash."""
    number_waiting()
    if settings.OUTPOST_SENDING_HELD or (turn := _take_turn(at=clock())) is None:
        return 0
    ends_at, taken = clock() + WORK, 0
    while clock() < ends_at and (batch := _claim(turn, at=clock())):
        for one in batch:
            code = _attempt(one, out, at=clock())
            if not _settle(turn, one, code, at=clock()) or code:
                return taken
            taken += 1
    _end_turn(turn, at=clock())
    return taken


def _attempt(one: Arrival, out: Outgoing, *, at: datetime) -> str:
    """Send one record; returns why it was not taken, empty when it was."""
    sent = record_of(one)
    headers = signed_headers(one.event_id, sent, secret=settings.OUTPOST_ARRIVALS_SECRET, at=at)
    try:
        url = settings.OUTPOST_ARRIVALS_URL
        answer = out.call("POST", url, headers=headers, body=sent, seconds=SECONDS)
    except OutgoingError as error:
        return error.reason
    if not answer.is_success:
        return f"http_{answer.status}"
    return "" if is_taken(one.number or 0, answer.body) else "odd_answer"


def record_of(one: Arrival) -> bytes:
    """A numbered record as it goes out."""
    return body(one.number or 0, ring().open(one.sealed, one.sealing_context))


@transaction.atomic
def _take_turn(*, at: datetime) -> _Turn | None:
    """None when the feed is off, nothing waits, it is too early, another worker has the turn, or nobody agreed to the
    address that is configured now."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    due = Q(next_at__isnull=True) | Q(next_at__lte=at)
    rows = ArrivalFeed.objects.select_for_update(no_key=True).filter(free, due, id=THE_FEED, is_on=True)
    state = rows.filter(delivered__lt=F("numbered")).first()
    if state is None or not state.agreed_url:
        return None
    if state.agreed_url != settings.OUTPOST_ARRIVALS_URL:
        _fail(state, ADDRESS_CHANGED, at=at)
        return None
    state.lease, state.leased_until = new_id(), at + LEASE
    state.save(update_fields=["lease", "leased_until"])
    run = ArrivalRun(way=Way.CALL.value, first=state.delivered + 1, started_at=at)
    run.save(force_insert=True)
    return _Turn(state.lease, run)


@transaction.atomic
def _claim(turn: _Turn, *, at: datetime) -> Sequence[Arrival]:
    """The next records of this turn; whose they are is kept before anything of them leaves."""
    state = ArrivalFeed.objects.filter(id=THE_FEED, lease=turn.lease).first()
    if state is None:
        return ()
    most = 1 if state.failures else BATCH  # nobody is told of what a dead peer would not get anyway
    found = list(Arrival.objects.filter(number__gt=state.delivered).order_by("number")[:most])
    record_shared({one.person_id for one in found}, actor=SENDER, at=at)
    return found


@transaction.atomic
def _settle(turn: _Turn, one: Arrival, code: str, *, at: datetime) -> bool:
    """Write down how an attempt ended; False when the turn is somebody else's by now."""
    state = ArrivalFeed.objects.select_for_update(no_key=True).filter(id=THE_FEED, lease=turn.lease).first()
    if state is None:
        return False
    if code:
        _fail(state, code, at=at)
        ArrivalRun.objects.filter(id=turn.run.id).update(code=code, ended_at=at)
        return True
    state.delivered, state.leased_until = one.number or 0, at + LEASE
    state.failures, state.failing_since, state.next_at, state.code = 0, None, None, ""
    state.save(update_fields=["delivered", *TURN])
    Arrival.objects.filter(entry=one.entry, delivered_at__isnull=True).update(delivered_at=at)
    ArrivalRun.objects.filter(id=turn.run.id).update(last=one.number, records=F("records") + 1, ended_at=at)
    return True


def _fail(state: ArrivalFeed, code: str, *, at: datetime) -> None:
    """Wait longer with each failure in a row; who sees the feed is told once a failure has lasted."""
    state.failures, state.code = state.failures + 1, code
    state.failing_since = state.failing_since or at
    state.next_at, state.lease, state.leased_until = next_try(state.failures, at), None, None
    state.save(update_fields=TURN)
    if at - state.failing_since >= TELL_AFTER:
        told = [Account(user.id) for user in users_who_may(SWITCH_ARRIVALS)]
        dedupe = f"{STUCK}:{state.failing_since.isoformat()}"
        send(STUCK, recipients=told, dedupe=dedupe, at=at, url=reverse("sites:arrivals"))


def _end_turn(turn: _Turn, *, at: datetime) -> None:
    ArrivalFeed.objects.filter(id=THE_FEED, lease=turn.lease).update(lease=None, leased_until=None)
    ArrivalRun.objects.filter(id=turn.run.id).update(ended_at=at)


@transaction.atomic
def send_again(number: int, *, actor: Actor, at: datetime) -> None:
    """Send everything from this number on once more, now. Raises Refusal: 403, ARRIVALS_OFF, NO_SUCH_ARRIVAL for a
    number that was not given or is not kept any more."""
    require_whole(actor, SWITCH_ARRIVALS)
    state = ArrivalFeed.objects.select_for_update(no_key=True).filter(id=THE_FEED).first()
    if state is None or not state.is_on:
        raise Refusal(errors.ARRIVALS_OFF)
    if not Arrival.objects.filter(number=number).exists():
        raise Refusal(errors.NO_SUCH_ARRIVAL, first=first_kept(), last=state.numbered, column="number")
    state.delivered = min(state.delivered, number - 1)
    state.failures, state.failing_since, state.next_at, state.code = 0, None, None, ""
    state.lease, state.leased_until = None, None  # what is on its way now goes out once more
    state.save(update_fields=["delivered", *TURN])
    audit.record(AGAIN, actor=actor, at=at, detail={"number": number})


def first_kept() -> int:
    """The lowest number that is still kept; 0 without any."""
    return (
        Arrival.objects.filter(number__isnull=False)
        .order_by("number")
        .values_list("number", flat=True)
        .first()
        or 0
    )


@transaction.atomic
def fetch(after: int, most: int, *, actor: Actor, at: datetime) -> list[bytes]:
    """The records behind a number, as they are sent, for a peer that fetches them.

    Raises Refusal: 403, ARRIVALS_OFF, ARRIVALS_PURGED when the next ones are not kept any more.
    """
    require_whole(actor, READ_ARRIVALS)
    if not feed().is_on:
        raise Refusal(errors.ARRIVALS_OFF)
    last = number_waiting()
    first = first_kept() or last + 1  # none is kept any more: the next one there will be
    if first > after + 1:
        raise Refusal(errors.ARRIVALS_PURGED, first=first, after=first - 1)
    found = list(Arrival.objects.filter(number__gt=after).order_by("number")[: min(most, MOST_FETCHED)])
    if found:
        log_taken(Way.FETCH, found, actor=actor, at=at)
    return [record_of(one) for one in found]


def log_taken(way: Way, found: Sequence[Arrival], *, actor: Actor, at: datetime) -> None:
    """Keep who took these records, and for each person that they left."""
    numbers = [one.number or 0 for one in found]
    run = ArrivalRun(
        way=way.value, who=actor.label, first=min(numbers), last=max(numbers), records=len(found)
    )
    run.started_at = run.ended_at = at
    run.save(force_insert=True)
    record_shared({one.person_id for one in found}, actor=actor, at=at)
