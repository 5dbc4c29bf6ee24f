"""Sending: what is to be delivered is written down in the transaction of its cause, and nothing is called yet."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F, Func, TextField, Value

from outpost.access.contacts import Contacts, contacts_of_accounts, officers_of
from outpost.core.crypto import ring
from outpost.core.deferring import defer
from outpost.core.masking import mask_phone, scrub
from outpost.core.queues import DEFAULT, URGENT
from outpost.notifications import templates
from outpost.notifications.masking import mask_email, mask_wecom
from outpost.notifications.models import Channel, Delivery, Message
from outpost.notifications.recipients import PERSONAL, Account, Group, Medium, Officers, Phone, Recipient
from outpost.notifications.rules import LIFE
from outpost.notifications.services.inbox import tell_all

Values = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Sent:
    """What `send` wrote down: messages in inboxes, deliveries, and (account or phone, medium) that have no way: no
    address, or no channel that is on. A repetition counts like the first time and writes nothing."""

    inboxes: int
    deliveries: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class _Target:
    """One recipient by one channel. `address` is empty for accounts: theirs is read when it is sent."""

    channel: Channel
    key: str
    masked: str = ""
    user_id: UUID | None = None
    address: str = ""


@transaction.atomic
def send(
    template: str,
    *,
    recipients: Iterable[Recipient],
    dedupe: str,
    at: datetime,
    values: Values | None = None,
    secret: Values | None = None,
    url: str = "",
    expires_at: datetime | None = None,
    is_urgent: bool = False,
) -> Sent:
    """Send a message to people and groups, once for each `dedupe` however often it is asked.

    Call it in the transaction of the cause; jobs deliver after the commit. `values` are counts, codes and ids, never
    personal data; `secret` (a passcode) is kept sealed until it was sent and never comes into an inbox; `url` is a path
    of this site. What is not delivered by `expires_at` (24 hours by default) is dropped. `is_urgent` goes first and
    past the channel's rate. Raises LookupError for an unknown template.
    """
    if not templates.is_known(template):
        raise LookupError(f"no message template {template}")
    said = _masked(values or {})
    accounts, phones, groups = _sorted_out(recipients)
    inboxes = [user_id for user_id, media in accounts.items() if Medium.INBOX in media]
    tell_all(inboxes, template, said, link=url, dedupe_key=dedupe, at=at)
    targets, wanted = _targets(accounts, phones, groups)
    if not targets:
        return Sent(len(inboxes), 0, wanted)
    message = _message(template, said, secret, url, dedupe, is_urgent, at, expires_at or at + LIFE)
    deliver_to(message, targets, at=at)
    return Sent(len(inboxes), len(targets), wanted - len(targets))


def overtake(templates: Collection[str], about: Collection[str], *, at: datetime) -> None:
    """Have nobody get what waits of these messages any more: what is said now would arrive ahead of it. `about`: what
    stands in the dedupe key behind the name of the template."""
    named = Func(F("dedupe_key"), Value(":"), Value(2), function="split_part", output_field=TextField())
    waiting = Message.objects.filter(template__in=templates, created_at__gt=at - LIFE, expires_at__gt=at)
    waiting.alias(about=named).filter(about__in=about).update(expires_at=at)


def deliver_to(message: Message, targets: Sequence[_Target], *, at: datetime) -> list[Delivery]:
    """Write a delivery for each target that has none yet, and wake the channels; returns the new ones."""
    deliveries = [_delivery(message, target, at=at) for target in targets]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    new = list(Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries]))
    for channel_id in sorted({delivery.channel_id for delivery in new if delivery.channel_id}):
        wake(channel_id, is_urgent=message.is_urgent)
    return new


def wake(channel_id: UUID, *, is_urgent: bool = False) -> None:
    """Queue the delivery of what a channel has due, in the caller's transaction."""
    queue = URGENT if is_urgent else DEFAULT
    defer("notifications.deliver", queue=queue, channel_id=str(channel_id))


def target_of(channel: Channel, address: str) -> _Target:
    """One address by one channel, whoever it belongs to."""
    key = ring().search_hash("notifications.address", address).hex() if address else ""
    return _Target(channel, key, masked=_mask(Medium(channel.medium), address), address=address)


def _masked(values: Values) -> dict[str, str | int]:
    """Names of categories and the like may come in; a number that looks like a person's goes out masked only."""
    return {name: scrub(value) if isinstance(value, str) else value for name, value in values.items()}


def _sorted_out(recipients: Iterable[Recipient]) -> tuple[dict[UUID, frozenset[Medium]], set[str], set[UUID]]:
    """Accounts with all media asked for them, phones, and channels of groups; each once."""
    accounts: dict[UUID, frozenset[Medium]] = {}
    phones: set[str] = set()
    groups: set[UUID] = set()
    for recipient in recipients:
        match recipient:
            case Account(user_id, media):
                accounts[user_id] = accounts.get(user_id, frozenset()) | media
            case Officers(department, media):
                for user_id in officers_of(department):
                    accounts[user_id] = accounts.get(user_id, frozenset()) | media
            case Phone(number):
                phones.add(number)
            case Group(channel_id):
                groups.add(channel_id)
    return accounts, phones, groups


def _targets(
    accounts: Mapping[UUID, frozenset[Medium]], phones: set[str], groups: set[UUID]
) -> tuple[list[_Target], int]:
    """The ways that there are, and how many were wanted."""
    media = set().union(*accounts.values()) & PERSONAL | ({Medium.SMS} if phones else set())
    on = {Medium(c.medium): c for c in Channel.objects.filter(is_on=True, medium__in=media)}
    people = {user_id for user_id, asked in accounts.items() if asked & PERSONAL}
    contacts = contacts_of_accounts(people) if on else {}
    targets = [
        _Target(on[medium], str(user_id), _mask(medium, address), user_id)
        for user_id in sorted(people)
        for medium in sorted(accounts[user_id] & on.keys())
        if (address := address_for(medium, contacts.get(user_id, Contacts())))
    ]
    if Medium.SMS in on:
        targets += [target_of(on[Medium.SMS], phone) for phone in sorted(phones)]
    found = Channel.objects.filter(id__in=groups, medium=Medium.GROUP, is_on=True)
    targets += [_Target(channel, "") for channel in found]
    wanted = sum(len(asked & PERSONAL) for asked in accounts.values()) + len(phones) + len(groups)
    return targets, wanted


def address_for(medium: Medium, contacts: Contacts) -> str:
    """The address of an account for a medium; empty when it has none."""
    return {Medium.WECOM: contacts.wecom, Medium.EMAIL: contacts.email, Medium.SMS: contacts.phone}[medium]


def _mask(medium: Medium, address: str) -> str:
    match medium:
        case Medium.SMS:
            return mask_phone(address)
        case Medium.EMAIL:
            return mask_email(address)
        case Medium.WECOM:
            return mask_wecom(address)
    return ""


def _message(
    template: str,
    values: Values,
    secret: Values | None,
    url: str,
    dedupe: str,
    is_urgent: bool,
    at: datetime,
    expires_at: datetime,
) -> Message:
    """The message of this dedupe key: a new one, or the one that is there."""
    message = Message(
        template=template,
        params=dict(values),
        link=url,
        dedupe_key=dedupe,
        is_urgent=is_urgent,
        created_at=at,
        expires_at=expires_at,
    )
    if secret:
        message.sealed_params = ring().seal(orjson.dumps(dict(secret)), message.sealing_context)
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.get(dedupe_key=dedupe)


def _delivery(message: Message, target: _Target, *, at: datetime) -> Delivery:
    delivery = Delivery(
        message=message,
        channel=target.channel,
        kind=target.channel.kind,
        user_id=target.user_id,
        recipient_key=target.key,
        masked_address=target.masked,
        next_at=at,
        created_at=at,
    )
    if target.address:
        delivery.sealed_address = ring().seal(target.address.encode(), delivery.sealing_context)
    return delivery
