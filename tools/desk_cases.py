"""Writes tests/shared/sealing.json and documents.json: a sealed entry, and what is typed at a gate.

Server and gate read the same files (`desks/sealing.py`, `people/rules.py`, `venues/gate_forms.py`; `field/`).
Key and seal are made by chance anew.
"""

import base64
import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from outpost.core.curve import CURVE, public_point
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.desks.sealing import b64u, sealed_to
from outpost.people.rules import DocumentType, normalise_document
from outpost.venues.gate_forms import temperature

TARGET = Path(__file__).resolve().parents[1] / "tests" / "shared"
TODAY = date(2022, 6, 8)
ENTRY, SEQ = UUID("01812345-6789-7abc-8def-0123456789ab"), 4_294_967_297
CONTENT = {
    "kind": "visit",
    "checkpoint_id": "8f3c2a10-5b77-4d41-9a6e-0c1d2e3f4a5b",
    "temperature": "36.5",
    "second": None,
    "isolated": None,
    "person": {"document_type": "passport", "document_number": "E12345678", "name": "张三丰", "phone": None},
    "way": "typed",
    "green_channel": None,
    "verdict": "look",
}
DOCUMENTS = (
    *(("resident_id", text) for text in ("110101199003071233", "11010119900307109x", "110101900307123")),
    *(
        ("resident_id", text)
        for text in (
            "",
            "11010119900307123",
            "110101199003071232",
            "110101199013071233",
            "110101209903071233",
        )
    ),
    *(
        ("resident_id", text)
        for text in ("990101199003071233", "1101011990O3071233", "１１０１０１１９９００３０７１２３３")
    ),
    *(("hk_macao_permit", text) for text in ("H12345678", "M1234567890", "X12345678", "h12345678")),
    *(("taiwan_permit", text) for text in ("12345678", "0123456701B", "1234567")),
    *(("passport", text) for text in ("E12345678", "ABCDEFGH", "AB 12345", "1")),
    *(("foreign_permanent_resident", text) for text in ("ABC110101900307", "AB110101900307")),
)
PHONES = (
    "13812345678",
    "+86 138 1234 5678",
    "138-1234-5678",
    "12812345678",
    "1381234567",
    "020-84990000",
    "abc",
)
TEMPERATURES = (
    "34.0",
    "36.5",
    "37.3",
    "37.4",
    "43.0",
    "33.9",
    "43.1",
    "99.0",
    "36",
    "36.55",
    "",
    "３６.5",
    "-36.5",
)


def sealing() -> dict[str, Any]:
    """A key as WebCrypto takes it (PKCS 8), what it opens, and its content."""
    key = ec.generate_private_key(CURVE)
    plain = json.dumps(CONTENT, ensure_ascii=False).encode()
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "private_pkcs8": base64.b64encode(pkcs8).decode(),
        "private": b64u(key.private_numbers().private_value.to_bytes(32)),
        "public": b64u(public_point(key)),
        "id": str(ENTRY),
        "seq": SEQ,
        "sealed": sealed_to(public_point(key), plain, ENTRY, SEQ),
        "content": CONTENT,
    }


def is_good(check: Callable[[str], object], text: str) -> bool:
    """Whether a text can be one."""
    try:
        check(text)
    except Refusal:
        return False
    return True


def typed() -> dict[str, Any]:
    """What may be typed of documents, phones and temperatures on a day."""
    documents = [
        {"type": type_, "text": text, "good": is_good(partial(_document, type_), text)}
        for type_, text in DOCUMENTS
    ]
    return {
        "today": TODAY.isoformat(),
        "documents": documents,
        "phones": [{"text": text, "good": is_good(normalise_phone, text)} for text in PHONES],
        "temperatures": [{"text": text, "good": is_good(temperature, text)} for text in TEMPERATURES],
    }


def _document(type_: str, text: str) -> object:
    return normalise_document(DocumentType(type_), text, today=TODAY)


def main() -> None:
    """Write both files."""
    TARGET.mkdir(exist_ok=True)
    for name, cases in (("sealing", sealing()), ("documents", typed())):
        text = json.dumps(cases, ensure_ascii=False, indent=1) + "\n"
        (TARGET / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
