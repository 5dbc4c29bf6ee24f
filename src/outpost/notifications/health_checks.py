"""What `outpost doctor` says of channels: what keeps them from sending, found without sending anything."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from outpost.core.allowed_hosts import PLAIN, PORTS, OutgoingError, split_url
from outpost.core.findings import Finding, fail, ok, warn
from outpost.core.keyfile import CryptoError
from outpost.core.outgoing import Outgoing, outgoing
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.mail import SCHEMES
from outpost.notifications.labels import reason_of
from outpost.notifications.models import Channel, Delivery
from outpost.notifications.queries import medium_is_on
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import DeliveryState
from outpost.notifications.services.delivering import settings_of

SECONDS = 3.0
"""How long a peer may take to accept a connection."""

DAY = timedelta(days=1)
FAULTS: Mapping[str, str | Promise] = {
    "incomplete": gettext_lazy("Settings are missing."),
    "sealed": gettext_lazy("Its secrets do not open with this key file."),
}


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """How a channel stands. `code` is empty when its settings are whole and its `peer` (host:port) took a connection;
    `entry` is what OUTPOST_OUTGOING_HOSTS lacks for it; `dead` counts the dead letters of a day."""

    name: str
    is_on: bool
    peer: str
    code: str
    entry: str
    dead: int

    @property
    def reason(self) -> str:
        """The code in words, in the active language."""
        return str(FAULTS.get(self.code) or reason_of(self.code))


def channels(at: datetime) -> Iterator[Finding]:
    """Each channel: whether its settings are whole and its peer takes connections. Nothing is sent."""
    if settings.OUTPOST_SENDING_HELD:
        text = _("Sending is held: messages wait, passcodes are printed in the terminal.")
        yield warn("channel", text, _("Unset OUTPOST_SENDING_HELD when this installation takes over."))
    checks = check_channels(out=outgoing(), at=at)
    if settings.OUTPOST_PRODUCTION and not medium_is_on(Medium.SMS):
        text = _("No SMS channel is on: nobody gets a sign-in code, save from an officer on sight.")
        yield fail("channel", text, _("Set one up: docs/how-to/messages.md"))
    elif not any(check.is_on for check in checks):
        yield ok(
            "channel", _("None is on: messages stay in the inbox, passcodes are printed in the terminal.")
        )
    yield from map(_finding, checks)


def _finding(check: ChannelCheck) -> Finding:
    fields: dict[str, object] = {
        "name": check.name,
        "peer": check.peer,
        "reason": check.reason,
        "entry": check.entry,
    }
    if not check.is_on:
        return ok("channel", _("{name}: off"), **fields)
    if check.entry:
        mend = _("Add {entry} to OUTPOST_OUTGOING_HOSTS and start again.")
        return warn("channel", "{name}: {reason}", mend, **fields)
    if check.code:
        mend = _("Mend it on the page of channels and send a test.")
        return warn("channel", "{name} ({peer}): {reason}", mend, **fields)
    if check.dead:
        return warn(
            "channel",
            _("{name}: {count} messages of the last day were given up."),
            _("Look at the page of deliveries for the reason, and send them again."),
            count=check.dead,
            **fields,
        )
    return ok("channel", _("{name}: {peer} can be reached"), **fields)


def check_channels(*, out: Outgoing, at: datetime) -> list[ChannelCheck]:
    """Look at every channel, by name; those that are off are only named."""
    return [_check(channel, out, at) for channel in Channel.objects.order_by("name")]


def _check(channel: Channel, out: Outgoing, at: datetime) -> ChannelCheck:
    peer, code, entry = _fault(channel, out) if channel.is_on else ("", "", "")
    dead = Delivery.objects.filter(
        channel=channel, state=DeliveryState.DEAD, finished_at__gt=at - DAY
    ).count()
    return ChannelCheck(channel.name, channel.is_on, peer, code, entry, dead)


def _fault(channel: Channel, out: Outgoing) -> tuple[str, str, str]:
    """The first peer of the channel that cannot be reached, why, and the entry of the list that it lacks."""
    try:
        values = settings_of(channel)
    except CryptoError:
        return "", "sealed", ""
    if any(f.is_required and not values.get(f.name) for f in KINDS[channel.kind].fields):
        return "", "incomplete", ""
    peer = ""
    for scheme, host, port in _peers(channel.kind, values):
        peer = f"{host}:{port}"
        try:
            out.connect(scheme, host, port, seconds=SECONDS).close()
        except OutgoingError as error:
            return peer, error.reason, _entry(error.reason, scheme, host, port)
    return peer, "", ""


def _entry(reason: str, scheme: str, host: str, port: int) -> str:
    """What the list must name for this peer: it with its scheme where nothing encrypts, or its addresses."""
    if reason == "host_not_listed":
        return f"{scheme}://{host}:{port}" if scheme in PLAIN else f"{host}:{port}"
    if reason == "private_address":
        found = {ip_address(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        return ",".join(str(ip_network(address)) for address in sorted(found, key=str))
    return ""


def _peers(kind: str, values: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    for parts in [
        split_url(values[f.name]) for f in KINDS[kind].fields if f.kind == "url" and values[f.name]
    ]:
        yield parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme]
    if kind == "email":
        yield SCHEMES[values["security"]], values["host"], int(values["port"])
