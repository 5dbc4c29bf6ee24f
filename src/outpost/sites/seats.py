"""The two people whom a contract names and who sign in by phone: the leads of the general contractor 总包项目负责人 and
of the supervision company 监理项目负责人. Their columns are alike, and so is what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.core.stated import Stated, blob, name_hash, phone_hash, seal, unseal


@dataclass(frozen=True, slots=True)
class Seat:
    """`name`, `phone`: columns of the file; `sealed` and both hashes: columns of the table; `context`: what is sealed
    there is bound to it and to the contract."""

    role: Role
    name: str
    phone: str
    sealed: str
    context: str

    @property
    def name_hash(self) -> str:
        return f"{self.name}_hash"

    @property
    def phone_hash(self) -> str:
        return f"{self.phone}_hash"

    @property
    def hashes(self) -> tuple[str, str]:
        return self.name_hash, self.phone_hash

    def opened(self, contract_id: UUID | str, sealed: bytes | str | memoryview | None) -> Stated | None:
        """Who sits there, in clear; None while nobody is named."""
        if not sealed:
            return None
        return unseal(ring(), f"{self.context}:{contract_id}", blob(sealed))

    def phone_in(self, contract_id: UUID | str, sealed: bytes | str | memoryview | None) -> str:
        """The phone of who sits there; empty while nobody is named."""
        found = self.opened(contract_id, sealed)
        return found.phone if found else ""

    def of(self, contract: Any) -> Stated | None:
        """Who sits there of a contract, in clear."""
        return self.opened(contract.id, getattr(contract, self.sealed))

    def stated(self, who: Stated | None) -> dict[str, str]:
        """By the columns of the file; empty where nobody is named."""
        return {self.name: who.name if who else "", self.phone: who.phone if who else ""}

    def staged(self, contract_id: UUID, values: Mapping[str, Any]) -> dict[str, bytes | None]:
        """The columns of the table, of what a row states; nothing says nothing."""
        name, phone = values[self.name], values[self.phone]
        if name is None or phone is None:
            return dict.fromkeys((self.sealed, *self.hashes))
        keys = ring()
        return {
            self.sealed: seal(keys, f"{self.context}:{contract_id}", Stated(name, phone)),
            self.name_hash: name_hash(keys, name),
            self.phone_hash: phone_hash(keys, phone),
        }


LEAD = Seat(Role.SITE_LEAD, "lead_name", "lead_phone", "sealed", "sites.contract")
SUPERVISOR = Seat(
    Role.SITE_SUPERVISOR, "supervisor_name", "supervisor_phone", "supervisor_sealed", "sites.supervisor"
)
SEATS = (LEAD, SUPERVISOR)
SEALED = tuple(seat.sealed for seat in SEATS)
HASHES = tuple(column for seat in SEATS for column in seat.hashes)
