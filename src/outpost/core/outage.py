"""Why nothing can be answered just now: the database away, its disk full, the key file not usable. Said as it is."""

import shutil
from pathlib import Path

import psycopg
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.core.db import is_gone
from outpost.core.keyfile import KeyFileError

FULL = 16 * 1024**2
"""Bytes: a disk with less is full, PostgreSQL needs as much for the next piece of its log."""

NO_SPACE = "No space left on device"
AWAY = _("The database cannot be reached just now. Try again in a moment.")
DISK_FULL = _(
    "The disk is full, so nothing can be stored. What was confirmed is kept. The operator must free space; then it goes"
    " on by itself."
)
KEYS = _("The key file cannot be used, so no identity can be opened. The operator must run: outpost doctor")


def outage_text(fault: object) -> str | Promise:
    """What to tell about a fault that is an outage; empty for any other."""
    if isinstance(fault, KeyFileError):
        return KEYS
    if not is_gone(fault):
        return ""
    return DISK_FULL if is_disk_full(fault) else AWAY


def is_disk_full(fault: object = None) -> bool:
    """Whether a fault says so, or no room is left where the database and our files lie."""
    cause = getattr(fault, "__cause__", None) or fault
    if isinstance(cause, psycopg.errors.DiskFull) or NO_SPACE in str(cause):
        return True
    data: Path = settings.OUTPOST_DATA
    places = (place for place in (data, data / "database") if place.exists())
    return any(shutil.disk_usage(place).free < FULL for place in places)
