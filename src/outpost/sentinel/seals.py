"""How a staff member's row is sealed. The key ring is an argument: bulk callers fetch it once."""

from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.stated import Stated, unseal
from outpost.people.stated import StatedSeal, seal_stated


def staff_context(enrolment_id: UUID | str, person_id: UUID | str) -> str:
    """What a staff member's sealed blob is bound to. It holds no row id: an import seals before there is one."""
    return f"sentinel.staff:{enrolment_id}:{person_id}"


def seal_staff(keys: KeyRing, context: str, stated: Stated, *, hashed: bytes | None = None) -> StatedSeal:
    """Seal what is stated of a staff member; `context` is their `staff_context`, `hashed` as of `seal_stated`. What is
    not sealed is compared as it stands, so that a file may leave it out."""
    return seal_stated(keys, context, stated, kind="staff", hashed=hashed)


def open_staff(
    keys: KeyRing, enrolment_id: UUID | str, person_id: UUID | str, sealed: bytes | memoryview
) -> Stated:
    """Open a staff member's blob where there is no row of the model (`StaffMember.stated`).

    Raises CryptoError when the blob is not this row's.
    """
    return unseal(keys, staff_context(enrolment_id, person_id), sealed)
