"""Passcodes by SMS: what `access.gateway` uses while an SMS channel is on."""

from datetime import datetime, timedelta

from django.conf import settings

from outpost.access.gateway import TerminalGateway
from outpost.core.ids import new_id
from outpost.notifications import templates
from outpost.notifications.queries import medium_is_on
from outpost.notifications.recipients import Medium, Phone
from outpost.notifications.services import send

WAIT = timedelta(minutes=10)
"""Nobody waits longer for a code; one that comes later only confuses."""


class SmsGateway:
    """Sends by the SMS channel that is on; without one, prints in the terminal. Not in production: whoever reads the
    log there would have everybody's codes, and an operator could switch the channel off for it."""

    def send(self, phone: str, code: str, *, is_admitted: bool, at: datetime) -> bool:
        """Write the message down. For a phone whose account is disabled too, in the same time; its delivery finds that
        out and forgets it."""
        if not medium_is_on(Medium.SMS):
            if settings.OUTPOST_PRODUCTION:
                return False
            return TerminalGateway().send(phone, code, is_admitted=is_admitted, at=at)
        send(
            templates.PASSCODE,
            recipients=[Phone(phone)],
            secret={"code": code},
            dedupe=f"passcode:{new_id()}",
            at=at,
            expires_at=at + WAIT,
            is_urgent=True,
        )
        return True
