"""What somebody states of a person: name, phone, address. Sealed as one text, opened, hashed for search, masked.

Pure apart from the key ring, which is always an argument: bulk callers fetch it once with `crypto.ring()`. Documents,
looks and searches stand on it in `outpost.people`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import orjson

from outpost.core.crypto import KeyRing
from outpost.core.masking import mask_address, mask_name, mask_phone

MASKS: dict[str, Callable[[str], str]] = {"name": mask_name, "phone": mask_phone, "address": mask_address}
"""How each of these texts is shown to whom the person is not revealed."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A person in clear (or masked, where the function says so): never log it. Texts are in their one form."""

    name: str
    phone: str
    address: str = ""

    def masked(self) -> Self:
        """张三, 13812345678 → 张*, 138****5678."""
        return type(self)(mask_name(self.name), mask_phone(self.phone), mask_address(self.address))


def seal(keys: KeyRing, context: str, stated: Stated) -> bytes:
    """Seal a person for the row that `context` names. About 8 microseconds."""
    plain = {"name": stated.name, "phone": stated.phone}
    return keys.seal(orjson.dumps(plain | {"address": stated.address} if stated.address else plain), context)


def unseal(keys: KeyRing, context: str, sealed: bytes | memoryview) -> Stated:
    """Open what `seal` sealed. Raises CryptoError when the blob is not this row's."""
    return Stated(**orjson.loads(keys.open(sealed, context)))


def name_hash(keys: KeyRing, name: str) -> bytes:
    """16 bytes for exact search; `name` is normalised (`people.rules.normalise_name`), capitals do not matter."""
    return keys.search_hash("name", name.casefold())


def phone_hash(keys: KeyRing, phone: str) -> bytes:
    """16 bytes for exact search; `phone` is normalised (`phones.normalise_phone`)."""
    return keys.search_hash("phone", phone)


def blob(column: str | bytes | memoryview) -> bytes:
    """A sealed column as it comes: from a row, or as the text by which PostgreSQL's JSON holds it."""
    return bytes.fromhex(column.removeprefix("\\x")) if isinstance(column, str) else bytes(column)
