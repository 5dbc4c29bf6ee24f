"""Whom a message goes to, and by which media."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Medium(StrEnum):
    """Ways to a person, and the one to a group. Several kinds of channels may serve one medium."""

    INBOX = "inbox"
    WECOM = "wecom"
    SMS = "sms"
    EMAIL = "email"
    GROUP = "group"


PERSONAL = frozenset({Medium.WECOM, Medium.SMS, Medium.EMAIL})
"""Media that need an address of the person; at most one channel of each is on."""

INBOX_ONLY = frozenset({Medium.INBOX})


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an account. A medium without an address on the account is left out."""

    user_id: UUID
    media: frozenset[Medium] = INBOX_ONLY


@dataclass(frozen=True, slots=True)
class Officers:
    """Every active account that is an officer of this department (its code)."""

    department: str
    media: frozenset[Medium] = INBOX_ONLY


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in normal form, whether or not somebody signs in with it; reached by SMS."""

    number: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group robot or webhook: the message goes out once, to whoever reads there."""

    channel_id: UUID


Recipient = Account | Officers | Phone | Group
