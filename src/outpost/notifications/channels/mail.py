"""E-mail by SMTP, with TLS from the start, by STARTTLS, or (a host listed as `smtp://…`) without."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from django.utils.translation import gettext_lazy as _

from outpost.core.outgoing import SECONDS, NoAnswerError, Outgoing, UnreachableError, ended_after, shake_hands
from outpost.notifications.channels.base import (
    SENT,
    Channel,
    Field,
    Letter,
    PeerFailedError,
    Receipt,
    Settings,
    failed,
    refused,
)
from outpost.notifications.recipients import Medium

TLS, STARTTLS, NONE = "tls", "starttls", "none"
SCHEMES = {TLS: "smtps", STARTTLS: "smtps", NONE: "smtp"}


class _Smtp(smtplib.SMTP):
    """SMTP over a connection that was checked; the name stays what TLS sees."""

    def __init__(self, connection: socket.socket, host: str) -> None:
        self._connection = connection
        super().__init__(host, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - smtplib's hook
        return self._connection


class Mail(Channel):
    """One letter a message. Its Message-ID is the delivery's, so that mail systems can tell a repetition."""

    kind = "email"
    medium = Medium.EMAIL
    label = _("E-mail")
    per_minute = 120
    is_idempotent = False
    fields = (
        Field("host", _("SMTP server")),
        Field("port", _("Port"), "number", default="465"),
        Field(
            "security",
            _("Encryption"),
            "choice",
            default=TLS,
            choices=((TLS, "TLS"), (STARTTLS, "STARTTLS"), (NONE, _("none"))),
        ),
        Field("username", _("User name"), is_required=False),
        Field("password", _("Password"), is_required=False, is_secret=True),
        Field("sender", _("From"), hint=_("An address, or “Name <address>”.")),
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Hand one letter to the server. What fails before its content is on its way was certainly not sent."""
        with _session(settings) as smtp:
            try:
                _introduce(smtp, address, settings)
            except smtplib.SMTPRecipientsRefused:
                return refused("address_unknown")
            except smtplib.SMTPResponseException as error:
                return failed(f"smtp_{error.smtp_code}")
            except (OSError, smtplib.SMTPException):
                raise PeerFailedError("smtp_broken") from None
            return _hand_over(smtp, letter, address, settings)


@contextmanager
def _session(settings: Settings) -> Iterator[_Smtp]:
    """A session that has met the server, encrypted as set. Raises an OutgoingError: nothing was sent."""
    out, host, security = settings.out, settings["host"], settings["security"]
    plain = out.connect(SCHEMES[security], host, int(settings["port"]))
    connection: socket.socket = plain
    if security == TLS:
        connection = out.tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    with connection, ended_after(connection, SECONDS):
        shake_hands(connection)
        smtp = _met(connection, host, out, security)
        current = smtp.sock or connection  # STARTTLS has put another socket in place
        with closing(smtp), ended_after(current, SECONDS):
            yield smtp


def _met(connection: socket.socket, host: str, out: Outgoing, security: str) -> _Smtp:
    try:
        smtp = _Smtp(connection, host)
        smtp.ehlo_or_helo_if_needed()
        if security == STARTTLS:
            smtp.starttls(context=out.tls)
            smtp.ehlo()
    except ssl.SSLError:
        raise UnreachableError("tls_failed") from None
    except (OSError, smtplib.SMTPException):
        raise PeerFailedError("smtp_broken") from None
    return smtp


def _introduce(smtp: smtplib.SMTP, address: str, settings: Settings) -> None:
    """Everything before the content."""
    if settings["username"]:
        smtp.login(settings["username"], settings["password"])
    code, answer = smtp.mail(parseaddr(settings["sender"])[1])
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    code, answer = smtp.rcpt(address)
    if 500 <= code < 600:
        raise smtplib.SMTPRecipientsRefused({address: (code, answer)})
    if code not in {250, 251}:
        raise smtplib.SMTPResponseException(code, answer)


def _hand_over(smtp: smtplib.SMTP, letter: Letter, address: str, settings: Settings) -> Receipt:
    try:
        code, _answer = smtp.data(_message(letter, address, settings).as_bytes())
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
    except (OSError, smtplib.SMTPException):
        raise NoAnswerError("no_answer") from None
    if code == 250:
        return SENT
    return refused(f"smtp_{code}") if 500 <= code < 600 else failed(f"smtp_{code}")


def _message(letter: Letter, address: str, settings: Settings) -> EmailMessage:
    name, sender = parseaddr(settings["sender"])
    message = EmailMessage()
    message["From"] = Address(display_name=name, addr_spec=sender)
    message["To"] = address
    message["Subject"] = letter.title
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.text}\n\n{letter.url}".strip() + "\n", cte="base64")
    return message
