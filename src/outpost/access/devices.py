"""The device cookie: a long-lived signed random number by which a browser is known again."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SALT = "outpost.access.device"
LIFE = timedelta(days=400)  # what browsers allow at most


def device_of(request: HttpRequest) -> str:
    """The number of this browser; a fresh one when it brings none, or one that we did not sign."""
    try:
        return str(signing.loads(request.COOKIES.get(settings.OUTPOST_DEVICE_COOKIE, ""), salt=SALT))
    except signing.BadSignature:
        return secrets.token_urlsafe(32)


def remember(response: HttpResponse, device: str) -> None:
    """Give the browser its number, for another `LIFE`."""
    response.set_cookie(
        settings.OUTPOST_DEVICE_COOKIE,
        signing.dumps(device, salt=SALT),
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def device_hash(device: str) -> str:
    """How a device is stored; SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(device.encode()).hexdigest()
