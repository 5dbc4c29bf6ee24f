"""What every district starts with: the kinds of venues."""

from collections.abc import Mapping
from datetime import datetime

from outpost.core.actor import Actor
from outpost.venues import services


def kinds(*, region: str, actor: Actor, at: datetime) -> Mapping[str, object]:  # noqa: ARG001 - as every step
    """Bring in the built-in kinds; edited ones stay."""
    return {"new_kinds_of_venues": services.ensure_kinds()}
