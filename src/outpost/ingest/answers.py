"""How the lane's answers are written: JSON, never kept by anybody between."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

import orjson
from django.utils import translation

from outpost.core.errors import Refusal

CHECK_INS, PASS = "/api/v1/check-ins", "/api/v1/pass"
Written: TypeAlias = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers, body."""
RETRY_AFTER = {HTTPStatus.SERVICE_UNAVAILABLE: "1", HTTPStatus.TOO_MANY_REQUESTS: "10"}
"""Seconds."""


def written(status: int, document: Mapping[str, Any]) -> Written:
    """An answer of this status."""
    headers = [("content-type", "application/json"), ("cache-control", "no-store")]
    if status in RETRY_AFTER:
        headers.append(("retry-after", RETRY_AFTER[HTTPStatus(status)]))
    return status, headers, orjson.dumps(document)


def refused(refusal: Refusal, language: str, **beside: Any) -> Written:
    """A refusal in the asker's language; `beside` is told with it."""
    with translation.override(language):
        return written(refusal.status, {"error": refusal.code, "message": refusal.message, **beside})


def language_of(accepted: str | None) -> str:
    """The language of an Accept-Language header: Chinese unless English stands first."""
    return "en" if (accepted or "").startswith("en") else "zh-hans"
