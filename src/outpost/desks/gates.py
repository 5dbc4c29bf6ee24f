"""What every gate is told, wherever it stands: keys of passes, limits of temperatures, kinds of documents."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from outpost.core.crypto import ring
from outpost.desks.sealing import b64u
from outpost.health.daily import FAILED_BELOW, RECHECK, STANDS
from outpost.health.live_passes import pass_keys
from outpost.people.rules import DocumentType


def limits(lowest: Decimal, highest: Decimal, normal_up_to: Decimal) -> dict[str, Any]:
    """Of temperatures, JSON-ready; `normal_up_to` is the highest that is none too many."""
    return {
        "lowest": str(lowest),
        "highest": str(highest),
        "normal_up_to": str(normal_up_to),
        "failed_below": str(FAILED_BELOW),
        "recheck_minutes": RECHECK // timedelta(minutes=1),
        "stands_minutes": STANDS // timedelta(minutes=1),
    }


def told(lowest: Decimal, highest: Decimal, normal_up_to: Decimal) -> dict[str, Any]:
    """JSON-ready; the temperatures as those of `limits`."""
    return {
        "pass_keys": [{"id": id_, "public": b64u(point)} for id_, point in pass_keys(ring()).items()],
        "temperature": limits(lowest, highest, normal_up_to),
        "document_types": [{"code": one.value, "zh": one.zh, "en": one.en} for one in DocumentType],
    }
