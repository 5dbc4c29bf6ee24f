"""The outline of the district for every map: read once from the file that the operator has set."""

from functools import cache
from pathlib import Path

from django.conf import settings

from outpost.core.outlines import Ring, rings_of


@cache
def district() -> tuple[Ring, ...]:
    """Its rings; none where no file is set. It was read once before, at the start."""
    file = settings.OUTPOST_OUTLINE
    return rings_of(Path(file).read_text("utf-8")) if file else ()
