"""What every district starts with: its divisions."""

from collections.abc import Mapping
from datetime import datetime

from outpost.core.actor import Actor
from outpost.regions import services


def divisions(*, region: str, actor: Actor, at: datetime) -> Mapping[str, object]:
    """Load the towns of the district from the published table."""
    fresh = services.load_divisions(region, actor=actor, at=at)
    return {"region": region, "new_regions": fresh}
