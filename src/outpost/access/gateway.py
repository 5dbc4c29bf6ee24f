"""The way of a passcode to its phone. The embedded default prints it in the server's terminal."""

from typing import Protocol

from outpost.core.masking import mask_phone


class Gateway(Protocol):
    """An SMS channel. `send` hands over and returns at once; what becomes of the message is the channel's matter."""

    def send(self, phone: str, code: str) -> None: ...


class TerminalGateway:
    """No SMS channel is set: whoever sits at the terminal reads the code out. Not a log: nothing keeps it."""

    def send(self, phone: str, code: str) -> None:
        print(f"Passcode for {mask_phone(phone)}: {code}", flush=True)


_gateway: Gateway = TerminalGateway()


def use(gateway: Gateway) -> None:
    """Choose the channel; called once, at start, when an SMS channel is configured."""
    global _gateway  # noqa: PLW0603 - the one channel of this process
    _gateway = gateway


def send_passcode(phone: str, code: str) -> None:
    """Send a code to a phone in normal form, by the configured channel."""
    _gateway.send(phone, code)
