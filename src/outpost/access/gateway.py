"""The way of a passcode to its phone. The embedded default prints it in the server's terminal."""

from datetime import datetime
from typing import Protocol

from outpost.core.masking import mask_phone


class Gateway(Protocol):
    """A way to phones. `send` hands over and returns at once; what becomes of the message is the channel's matter.

    It is called for phones whose account is disabled too (`is_admitted` false), because it must take the same time;
    such a code may not go out. Returns whether a channel took the code, so that no page needs to show it.
    """

    def send(self, phone: str, code: str, *, is_admitted: bool, at: datetime) -> bool: ...


class TerminalGateway:
    """No SMS channel is set: whoever sits at the terminal reads the code out. Not a log: nothing keeps it."""

    def send(self, phone: str, code: str, *, is_admitted: bool, at: datetime) -> bool:  # noqa: ARG002 - of the protocol
        if is_admitted:
            print(f"Passcode for {mask_phone(phone)}: {code}", flush=True)
        return False


_gateway: Gateway = TerminalGateway()


def use(gateway: Gateway) -> None:
    """Choose the way; called once, at start (`config.wiring`)."""
    global _gateway  # noqa: PLW0603 - the one channel of this process
    _gateway = gateway


def send_passcode(phone: str, code: str, *, is_admitted: bool, at: datetime) -> bool:
    """Send a code to a phone in normal form; returns whether a channel took it."""
    return _gateway.send(phone, code, is_admitted=is_admitted, at=at)
