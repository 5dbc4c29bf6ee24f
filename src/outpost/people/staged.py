"""What files of any instrument stage of somebody whom a row states: the person, what is sealed of them, and the mask
under which tries of the number are counted. Keys and seals are made by the caller (`seals`, `stated`)."""

from collections.abc import Mapping
from typing import Any

from outpost.access import tries
from outpost.core.crypto import KeyRing
from outpost.core.masking import mask_document
from outpost.people.rules import Document
from outpost.people.seals import PersonRow
from outpost.people.stated import StatedSeal

SEALED = StatedSeal._fields
PERSON: Mapping[str, str] = {
    "person_id": "uuid NOT NULL",
    "doc_type": "text NOT NULL",
    "person_sealed": "bytea NOT NULL",
    "person_name_hash": "bytea NOT NULL",
    "mask": "bytea NOT NULL",
}
"""The columns of a person who is to be registered (`services.register_staged`)."""
STATED: Mapping[str, str] = {**PERSON, **dict.fromkeys(SEALED, "bytea NOT NULL")}
"""The columns of one who is stated besides."""


def staged_person(person: PersonRow, mask: bytes) -> dict[str, Any]:
    """The columns PERSON of one row."""
    return {
        "person_id": person.person_id,
        "doc_type": person.doc_type,
        "person_sealed": person.sealed,
        "person_name_hash": person.name_hash,
        "mask": mask,
    }


def staged(person: PersonRow, seal: StatedSeal, mask: bytes) -> dict[str, Any]:
    """The columns STATED of one row."""
    return {**staged_person(person, mask), **seal._asdict()}


def mask_of(keys: KeyRing, document: Document) -> bytes:
    """What tries of this number are counted under."""
    return tries.mask_hash(keys, mask_document(document.number))
