"""The sealed and hashed forms of an identity. Pure apart from the key ring, which is always an argument:
bulk callers fetch it once with `crypto.ring()`."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row to register, already sealed."""

    person_id: UUID
    doc_type: str
    sealed: bytes
    name_hash: bytes


def person_id_of(ring: KeyRing, document: Document) -> UUID:
    """The pseudonym of a checked document."""
    return ring.pseudonym(document.doc_type, document.number)


def person_row(ring: KeyRing, document: Document, name: str) -> PersonRow:
    """Seal a person; `name` is normalised."""
    person_id = person_id_of(ring, document)
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
