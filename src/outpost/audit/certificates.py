"""Certificates of purges: JSON signed with a key of the key file, checked with the same key file."""

from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from typing import Any

import orjson

from outpost.audit.errors import CERTIFICATE_FORGED, CERTIFICATE_UNREADABLE
from outpost.core.crypto import ring
from outpost.core.errors import Refusal

FORMAT = 1
FOLDER = "certificates"
_KIND = "certificate"


def sign(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with its signature."""
    return {**content, "signature": ring().signature(_KIND, _canonical(content))}


def verify(path: Path) -> dict[str, Any]:
    """The certificate in a file. Raises Refusal: CERTIFICATE_UNREADABLE, CERTIFICATE_FORGED."""
    try:
        found = orjson.loads(path.read_bytes())
        signature = str(found["signature"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Refusal(CERTIFICATE_UNREADABLE) from error
    content = {name: value for name, value in found.items() if name != "signature"}
    if not compare_digest(ring().signature(_KIND, _canonical(content)), signature):
        raise Refusal(CERTIFICATE_FORGED)
    return dict(found)


def store(certificate: Mapping[str, Any], folder: Path) -> Path:
    """Write a certificate into a folder of its own kind; returns where."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    day = str(certificate["finished_at"])[:10]
    path = folder / f"{certificate['kind']}-{day}-{certificate['id']}.json"
    path.write_bytes(orjson.dumps(certificate, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def _canonical(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
