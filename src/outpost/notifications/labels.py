"""How deliveries look: states and reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.notifications import templates
from outpost.notifications.channels import KINDS
from outpost.notifications.models import Delivery
from outpost.notifications.rules import DeliveryState
from outpost.notifications.services.delivering import may_go_again


@dataclass(frozen=True, slots=True)
class Look:
    """A state as a badge."""

    tone: str
    label: str | Promise


STATES: Mapping[str, Look] = {
    DeliveryState.WAITING: Look("neutral", _("Waiting")),
    DeliveryState.SENDING: Look("running", _("Being sent")),
    DeliveryState.UNKNOWN: Look("warning", _("No answer, tried again")),
    DeliveryState.SENT: Look("good", _("Sent")),
    DeliveryState.DEAD: Look("bad", _("Dead letter")),
    DeliveryState.EXPIRED: Look("neutral", _("Too late, dropped")),
}

# What an operator can do about a reason; codes of peers stand beside it as they are.
REASONS: Mapping[str, str | Promise] = {
    "host_not_listed": _("The host is not in OUTPOST_OUTGOING_HOSTS."),
    "private_address": _(
        "The host resolves to an address that is not public; list its network if that is right."
    ),
    "bad_address": _("The address of the channel is malformed."),
    "name_unknown": _("The host's name was not found."),
    "no_connection": _("The host does not accept connections."),
    "tls_failed": _("The certificate was not accepted, or TLS failed."),
    "no_answer": _("No answer in time; the message may have arrived."),
    "answer_cut": _("The answer broke off; the message may have arrived."),
    "odd_answer": _("The answer was not understood; the message may have arrived."),
    "worker_lost": _("The worker ended while sending; the message may have arrived."),
    "address_unknown": _("The peer does not know this recipient."),
    "no_address": _("The account has no such address any more."),
    "no_template": _("The channel has no approved template for this message."),
    "gateway_says_no": _("The gateway did not answer with success."),
    "smtp_broken": _("The mail server broke the conversation off."),
    "channel_removed": _("The channel was removed."),
    "no_text": _("This version has no text for this message."),
    "expired": _("It could not be delivered in time."),
}

PEER_SAID = _("The peer answered %(code)s.")


def reason_of(code: str) -> str:
    """A code in words; a peer's own code as it is."""
    known = REASONS.get(code)
    if known is not None:
        return str(known)
    return str(PEER_SAID) % {"code": code} if code else ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A line of the log: no names, the address masked."""

    id: UUID
    created_at: datetime
    message: str
    channel: str
    address: str
    state: Look
    attempts: int
    next_at: datetime | None
    finished_at: datetime | None
    reason: str
    may_go_again: bool
    is_open: bool

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryRow":
        is_sent = delivery.state == DeliveryState.SENT
        return cls(
            id=delivery.id,
            created_at=delivery.created_at,
            message=templates.title_of(delivery.message.template),
            channel=delivery.channel.name if delivery.channel else str(KINDS[delivery.kind].label),
            address=delivery.masked_address,
            state=STATES[delivery.state],
            attempts=delivery.attempts,
            next_at=delivery.next_at if delivery.attempts else None,
            finished_at=delivery.finished_at,
            reason="" if is_sent else reason_of(delivery.code),
            may_go_again=delivery.state == DeliveryState.DEAD
            and delivery.channel_id is not None
            and may_go_again(delivery.message),
            is_open=delivery.next_at is not None,
        )
