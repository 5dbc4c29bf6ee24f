"""What the tests of messages share: channels, a clock that can be moved, a small SMTP server."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from outpost.core.allowed_hosts import Allowed
from outpost.core.crypto import ring
from outpost.core.ids import new_id
from outpost.core.outgoing import Outgoing
from outpost.notifications import services, templates
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.base import Letter, Settings
from outpost.notifications.models import Channel, Delivery
from outpost.notifications.recipients import Group, Recipient
from outpost.notifications.services import Sent
from outpost.testing.cast import NOON

LOOPBACK = "127.0.0.0/8"
GREETING = "test.greeting"
SECRET = "a secret of the webhook"


@dataclass
class Clock:
    """A clock that stands still unless it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def way_out(*listed: str) -> Outgoing:
    return Outgoing(Allowed.parse(",".join((*listed, LOOPBACK))))


def letter(**changes: object) -> Letter:
    values: dict[str, object] = {
        "id": new_id(),
        "template": GREETING,
        "title": "Hello",
        "text": '3 of "7"\n100%',
        "url": "https://outpost.test/x?on=2022-06-08",
        "values": {"n": "3"},
        "created_at": NOON,
        "sent_at": NOON,
    }
    return Letter(**(values | changes))  # type: ignore[arg-type]


def settings(values: Mapping[str, str], *listed: str) -> Settings:
    return Settings(values, way_out(*listed))


def channel(kind: str, values: Mapping[str, str], *, is_on: bool = True, per_minute: int = 600) -> Channel:
    """A stored channel, as the settings page would leave it."""
    fields = KINDS[kind].fields
    row = Channel(
        kind=kind,
        medium=KINDS[kind].medium.value,
        name=kind,
        is_on=is_on,
        per_minute=per_minute,
        settings={f.name: values.get(f.name, f.default) for f in fields if not f.is_secret},
        created_at=NOON,
        updated_at=NOON,
    )
    secrets = {f.name: values.get(f.name, f.default) for f in fields if f.is_secret}
    row.sealed_secrets = ring().seal(orjson.dumps(secrets), row.sealing_context)
    row.save(force_insert=True)
    return row


def webhook(url: str, **options: int) -> Channel:
    return channel("webhook", {"url": url, "secret": SECRET}, **options)  # type: ignore[arg-type]


def greet(*recipients: Recipient, dedupe: str = "once", at: datetime = NOON, **options: object) -> Sent:
    templates.register({GREETING: "{n} of them"})
    return services.send(GREETING, recipients=recipients, values={"n": 3}, dedupe=dedupe, at=at, **options)  # type: ignore[arg-type]


def greet_group(row: Channel, dedupe: str = "once", at: datetime = NOON) -> Delivery:
    greet(Group(row.id), dedupe=dedupe, at=at)
    return Delivery.objects.get(channel=row, message__dedupe_key=dedupe)


def work(row: Channel, clock: Clock, *listed: str) -> bool:
    return services.deliver_due(row.id, clock=clock, out=way_out(*listed))


def state_of(delivery_id: UUID) -> tuple[str, int, str]:
    return Delivery.objects.values_list("state", "attempts", "code").get(id=delivery_id)


@dataclass
class MailPeer:
    """An SMTP server and the letters that it took. `answers` replaces what it says to a verb."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    silent_after: float = 0.0

    @property
    def listed(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def values(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "security": "none",
            "sender": "哨点 <outpost@example.gov.cn>",
        }


@contextmanager
def mail_peer(**answers: str) -> Iterator[MailPeer]:
    """An SMTP server on a loopback address, until the end of the block."""
    peer = MailPeer(answers=answers)

    class Handler(socketserver.StreamRequestHandler):
        def say(self, verb: str, usual: str) -> str:
            said = peer.answers.get(verb, usual)
            self.wfile.write(f"{said}\r\n".encode())
            return said

        def handle(self) -> None:
            self.say("CONNECT", "220 mail.test")
            for raw in self.rfile:
                verb = raw.split()[0].decode().upper() if raw.split() else ""
                peer.verbs.append(verb)
                usual = {
                    "EHLO": "250-mail.test\r\n250 AUTH PLAIN",
                    "DATA": "354 go on",
                    "AUTH": "235 welcome",
                }
                if self.say(verb, usual.get(verb, "250 fine")).startswith("354"):
                    self.take()
                if verb == "QUIT":
                    return

        def take(self) -> None:
            lines = []
            for raw in self.rfile:
                if raw == b".\r\n":
                    break
                lines.append(raw.decode())
            peer.letters.append("".join(lines))
            threading.Event().wait(peer.silent_after)
            self.say("END", "250 taken")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_arguments: object) -> None:
            """A caller that gives up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    peer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
