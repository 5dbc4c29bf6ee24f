"""Delivering: one attempt at a time, each claimed before and settled after, with no transaction open while a peer is
called. A worker that dies in between leaves its claim; once the lease has ended the attempt counts as unanswered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from outpost.access.contacts import Contacts, contacts_of_accounts, may_sign_in
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.allowed_hosts import OutgoingError
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.outgoing import Outgoing
from outpost.notifications import errors, templates
from outpost.notifications.actions import SEE_DELIVERIES
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.base import Letter, Receipt, Settings, receipt_of, refused
from outpost.notifications.letters import letter_of
from outpost.notifications.models import Channel, Delivery, Message
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import LEASE, LIFE, PAUSE, DeliveryState, Outcome, next_step
from outpost.notifications.services.sending import address_for, wake

WORK = timedelta(seconds=20)
"""How long one job delivers before it lets others have the worker."""

MINUTE = timedelta(minutes=1)
WORKER_LOST = Receipt(Outcome.UNKNOWN, "worker_lost")


@dataclass(frozen=True, slots=True)
class _Claim:
    """An attempt that this worker alone makes. `address` is empty for a group, or when there is none any more."""

    delivery: Delivery
    channel: Channel
    letter: Letter
    address: str


def deliver_due(channel_id: UUID, *, clock: Callable[[], datetime], out: Outgoing) -> bool:
    """Deliver what a channel has due, for some seconds at most; returns whether more is waiting.

    Safe to run twice at once and again after a crash. `clock` gives the present instant. While sending is held
    (OUTPOST_SENDING_HELD) nothing is: what waits stays, or expires.
    """
    if settings.OUTPOST_SENDING_HELD:
        return False
    ends_at = clock() + WORK
    while (at := clock()) < ends_at:
        claim = _claim(channel_id, at=at)
        if claim is None:
            return False
        settle(claim.delivery, _attempt(claim, out), at=clock())
    return True


def _attempt(claim: _Claim, out: Outgoing) -> Receipt:
    """The one call outside. Not in a transaction."""
    if not claim.address and claim.channel.medium != Medium.GROUP:
        return refused("no_address")
    settings = Settings(settings_of(claim.channel), out)
    try:
        return KINDS[claim.channel.kind].send(claim.letter, claim.address, settings)
    except OutgoingError as error:
        return receipt_of(error)


def settings_of(channel: Channel) -> dict[str, str]:
    """All values of a channel's fields, secrets opened."""
    secrets = orjson.loads(ring().open(channel.sealed_secrets, channel.sealing_context))
    return {**channel.settings, **secrets}


@transaction.atomic
def _claim(channel_id: UUID, *, at: datetime) -> _Claim | None:
    """The next attempt of a channel, under its row's lock so that its rate is counted by one worker at a time."""
    channel = Channel.objects.select_for_update(no_key=True).filter(id=channel_id).first()
    while channel is not None:
        delivery = _next(channel, at=at)
        if delivery is None:
            return None
        if delivery.state == DeliveryState.SENDING:
            settle(delivery, WORKER_LOST, at=at)
        elif delivery.message.expires_at <= at:
            _end(delivery, DeliveryState.EXPIRED, "expired", at=at)
        else:
            claim = _take(delivery, channel, at=at)
            if claim is not None:
                return claim
    return None


def _next(channel: Channel, *, at: datetime) -> Delivery | None:
    """The delivery to attempt now: the urgent first, then by time. Tests go out whatever the channel's state."""
    due = Delivery.objects.filter(channel=channel, next_at__lte=at).select_related("message")
    is_resting = channel.paused_until_at is not None and channel.paused_until_at > at
    started = Delivery.objects.filter(channel=channel, started_at__gt=at - MINUTE).count()
    if not channel.is_on or is_resting:
        due = due.filter(message__template=templates.TEST)
    elif started >= channel.per_minute:
        due = due.filter(message__is_urgent=True)
    return due.select_for_update(of=("self",), no_key=True).order_by("-message__is_urgent", "next_at").first()


def _take(delivery: Delivery, channel: Channel, *, at: datetime) -> _Claim | None:
    """Mark the attempt as begun. None for what is ended instead: a passcode of a disabled account is forgotten,
    a message without text is dead."""
    address = _address(delivery, Medium(channel.medium))
    if delivery.message.template == templates.PASSCODE and not may_sign_in(address):
        delivery.message.delete()
        return None
    try:
        letter = letter_of(delivery, at=at)
    except (
        LookupError
    ):  # the text went, or wants another value, with a newer version: it must not stop the others
        _end(delivery, DeliveryState.DEAD, "no_text", at=at)
        return None
    delivery.state, delivery.started_at, delivery.next_at = DeliveryState.SENDING, at, at + LEASE
    delivery.attempts += 1
    delivery.save(update_fields=["state", "started_at", "next_at", "attempts"])
    return _Claim(delivery, channel, letter, address)


def _address(delivery: Delivery, medium: Medium) -> str:
    """Where it goes now; empty when the account has lost its address or was disabled."""
    if delivery.sealed_address is not None:
        return ring().open(delivery.sealed_address, delivery.sealing_context).decode()
    if delivery.user_id is None:
        return ""
    return address_for(medium, contacts_of_accounts([delivery.user_id]).get(delivery.user_id, Contacts()))


@transaction.atomic
def settle(delivery: Delivery, receipt: Receipt, *, at: datetime) -> None:
    """Write down how an attempt ended. A late word of a worker whose lease had ended counts only when it sent."""
    if (
        receipt.is_channel_fault and delivery.channel_id is not None
    ):  # the channel's row first, as a claim locks them
        Channel.objects.filter(id=delivery.channel_id).update(paused_until_at=at + PAUSE)
    row = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(id=delivery.id)
    is_late = row.state != DeliveryState.SENDING or row.attempts != delivery.attempts
    if row.state == DeliveryState.SENT or (is_late and receipt.outcome is not Outcome.SENT):
        return
    if receipt.outcome is Outcome.UNKNOWN:
        row.unknowns += 1
    step = next_step(
        receipt.outcome,
        attempts=row.attempts,
        unknowns=row.unknowns,
        is_idempotent=KINDS[row.kind].is_idempotent,
        at=at,
    )
    is_test = row.message.template == templates.TEST
    row.peer_id = receipt.peer_id
    if step.next_at is None or is_test:
        _end(row, step.state if step.next_at is None else DeliveryState.DEAD, receipt.code, at=at)
        return
    row.state, row.next_at, row.code = step.state, step.next_at, receipt.code
    row.save(update_fields=["state", "next_at", "code", "unknowns"])


def _end(delivery: Delivery, state: DeliveryState, code: str, *, at: datetime) -> None:
    """Close a delivery. Secrets and addresses go, save those that another try of a dead letter needs."""
    delivery.state, delivery.code, delivery.next_at, delivery.finished_at = state, code, None, at
    if state is not DeliveryState.DEAD:
        delivery.sealed_address = None
    delivery.save(
        update_fields=["state", "code", "next_at", "finished_at", "sealed_address", "unknowns", "peer_id"]
    )
    if not Delivery.objects.filter(message_id=delivery.message_id, next_at__isnull=False).exists():
        Message.objects.filter(id=delivery.message_id).update(sealed_params=None)


@transaction.atomic
def send_again(delivery_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Try a dead letter again, from the first attempt, for another 24 hours. Raises NOT_FOUND or NOT_AGAIN."""
    actor.require(SEE_DELIVERIES)
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("message", "channel")
    delivery = or_not_found(rows.filter(id=delivery_id).first())
    channel = delivery.channel
    is_gone = channel is None or channel.removed_at is not None
    if (
        delivery.state != DeliveryState.DEAD
        or channel is None
        or is_gone
        or not may_go_again(delivery.message)
    ):
        raise Refusal(errors.NOT_AGAIN)
    delivery.state, delivery.next_at, delivery.finished_at = DeliveryState.WAITING, at, None
    delivery.attempts = delivery.unknowns = 0
    delivery.save(update_fields=["state", "next_at", "finished_at", "attempts", "unknowns"])
    Message.objects.filter(id=delivery.message_id).update(expires_at=at + LIFE)
    wake(channel.id)
    record("notifications.sent_again", actor=actor, at=at, object_id=delivery.id)


def may_go_again(message: Message) -> bool:
    """Tests are asked for anew instead; of what had a secret, such as a passcode, this is gone."""
    is_whole = templates.places_of(message.template) <= message.params.keys()
    return is_whole and message.template != templates.TEST


def channels_with_work(*, at: datetime) -> dict[UUID, bool]:
    """The channels that have something due, and whether something urgent is among it."""
    due = Delivery.objects.filter(next_at__lte=at, channel_id__isnull=False)
    urgent = Count("id", filter=Q(message__is_urgent=True))
    return {row["channel_id"]: row["urgent"] > 0 for row in due.values("channel_id").annotate(urgent=urgent)}


@transaction.atomic
def sweep(*, at: datetime) -> None:
    """Close what has expired, and forget the phones of dead letters that are a week old."""
    for delivery in Delivery.objects.filter(next_at__isnull=False, message__expires_at__lte=at).exclude(
        state=DeliveryState.SENDING
    ):
        _end(delivery, DeliveryState.EXPIRED, "expired", at=at)
    dead = Delivery.objects.filter(state=DeliveryState.DEAD, finished_at__lte=at - timedelta(days=7))
    dead.filter(sealed_address__isnull=False).update(sealed_address=None)
