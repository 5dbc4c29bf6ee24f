"""What every gate is told, wherever it stands: keys of passes, limits of temperatures, kinds of documents."""

from decimal import Decimal
from typing import Any

from outpost.core.crypto import ring
from outpost.desks.sealing import b64u
from outpost.health.live_passes import pass_keys
from outpost.people.rules import DocumentType


def told(lowest: Decimal, highest: Decimal, normal_up_to: Decimal) -> dict[str, Any]:
    """JSON-ready; `normal_up_to` is the highest temperature that is none too many."""
    return {
        "pass_keys": [{"id": id_, "public": b64u(point)} for id_, point in pass_keys(ring()).items()],
        "temperature": {
            "lowest": str(lowest),
            "highest": str(highest),
            "normal_up_to": str(normal_up_to),
        },
        "document_types": [{"code": one.value, "zh": one.zh, "en": one.en} for one in DocumentType],
    }
