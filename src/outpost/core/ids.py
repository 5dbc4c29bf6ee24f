"""Public identifiers: random, never sequential."""

from uuid import UUID, uuid4


def new_id() -> UUID:
    """A fresh UUIDv4 (122 random bits): safe to show in addresses."""
    return uuid4()


def read_id(text: str) -> UUID | None:
    """The id that an address states; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
