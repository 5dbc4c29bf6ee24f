"""What is sealed of declarations and objections, and what it is bound to. Pure apart from the key ring."""

from collections.abc import Mapping
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson

from outpost.core.crypto import KeyRing

TEXTS = ("phone", "home", "sent_from")


def declaration_id(source: str, record_id: str) -> UUID:
    """What the sealed texts of a declaration are bound to: the same whenever the record comes."""
    return uuid5(NAMESPACE_OID, f"{source}\0{record_id}")


def declaration_context(id_: object) -> str:
    return f"health.declaration:{id_}"


def objection_context(id_: object) -> str:
    return f"health.objection:{id_}"


def answer_context(id_: object) -> str:
    return f"health.objection_answer:{id_}"


def seal_texts(
    keys: KeyRing, id_: UUID, texts: Mapping[str, str | None]
) -> tuple[bytes, bytes] | tuple[None, None]:
    """The sealed TEXTS of a declaration and the hash that tells them from others; nothing where none is stated."""
    stated = {name: texts[name] for name in TEXTS if texts.get(name)}
    if not stated:
        return None, None
    plain = orjson.dumps(stated)
    return keys.seal(plain, declaration_context(id_)), keys.search_hash("declaration", plain.decode())
