"""The sealed and hashed forms of an identity. Pure apart from the key ring, which is always an argument:
bulk callers fetch it once with `crypto.ring()`."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import orjson

from outpost.core.crypto import KeyRing
from outpost.core.stated import name_hash
from outpost.people.rules import Document


@dataclass(frozen=True, slots=True)
class Identity:
    """A person in clear (or masked, where the function says so): never log it, never put it into an exception."""

    doc_type: str
    name: str
    number: str


class PersonRow(NamedTuple):
    """One row to register, already sealed. The pseudonym is text, as it is copied and as contexts name it."""

    person_id: str
    doc_type: str
    sealed: bytes
    name_hash: bytes


def person_id_of(ring: KeyRing, document: Document) -> UUID:
    """The pseudonym of a checked document."""
    return ring.pseudonym(document.doc_type, document.number)


def person_row(ring: KeyRing, document: Document, name: str) -> PersonRow:
    """Seal a person; `name` is normalised."""
    # by its digits: a UUID that is made only to be written costs three times as much
    digits = ring.pseudonym_text(document.doc_type, document.number)
    person_id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    plain = orjson.dumps({"name": name, "number": document.number})
    return PersonRow(
        person_id, document.doc_type.value, ring.seal(plain, _context(person_id)), name_hash(ring, name)
    )


def open_identity(
    ring: KeyRing, person_id: UUID | str, doc_type: str, sealed: bytes | memoryview
) -> Identity:
    """Open what `person_row` sealed. Raises CryptoError when the blob is not this person's."""
    plain = orjson.loads(ring.open(sealed, _context(person_id)))
    return Identity(doc_type, plain["name"], plain["number"])


def _context(person_id: UUID | str) -> str:
    return f"people.person:{person_id}"
