"""The sealed, hashed and compared forms of a staff member's row. The key ring is an argument: bulk callers
fetch it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from outpost.core.crypto import KeyRing
from outpost.people import seals as people
from outpost.sentinel.fields import FieldValue


@dataclass(frozen=True, slots=True)
class Stated:
    """What an employer states of a staff member, every text in its one form."""

    name: str
    phone: str
    address: str
    job_type: str
    fields: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Private:
    """What of it is sealed, in clear again."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class StaffSeal:
    """The columns that hold it. `content_hash` tells a changed row from an unchanged one."""

    sealed: bytes
    name_hash: bytes
    phone_hash: bytes
    content_hash: bytes


def staff_context(enrolment_id: UUID | str, person_id: UUID | str) -> str:
    """What a staff member's sealed blob is bound to. It holds no row id: an import seals before there is one."""
    return f"sentinel.staff:{enrolment_id}:{person_id}"


def seal_staff(keys: KeyRing, enrolment_id: UUID | str, person_id: UUID | str, stated: Stated) -> StaffSeal:
    """Seal what is stated. About 12 microseconds."""
    private = (stated.name, stated.phone, stated.address)
    content = orjson.dumps((*private, stated.job_type, stated.fields), option=orjson.OPT_SORT_KEYS)
    plain = orjson.dumps({"name": stated.name, "phone": stated.phone, "address": stated.address})
    return StaffSeal(
        keys.seal(plain, staff_context(enrolment_id, person_id)),
        people.name_hash(keys, stated.name),
        people.phone_hash(keys, stated.phone),
        keys.search_hash("staff", content.decode()),
    )


def open_staff(
    keys: KeyRing, enrolment_id: UUID | str, person_id: UUID | str, sealed: bytes | memoryview
) -> Private:
    """Open what `seal_staff` sealed. Raises CryptoError when the blob is not this row's."""
    plain = orjson.loads(keys.open(sealed, staff_context(enrolment_id, person_id)))
    return Private(plain["name"], plain["phone"], plain["address"])
