"""A span of time as people say it."""

import math
from datetime import timedelta

from django.utils.translation import ngettext


def in_words(span: timedelta) -> str:
    """5 seconds, 12 minutes, from two hours on whole hours: rounded up, at least a second."""
    seconds = max(1, math.ceil(span.total_seconds()))
    minutes, hours = math.ceil(seconds / 60), math.ceil(seconds / 3600)
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
    if minutes < 2 * 60:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
