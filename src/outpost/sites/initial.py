"""What every district starts with: the items of supplies 防疫物资."""

from collections.abc import Mapping
from datetime import datetime

from outpost.core.actor import Actor
from outpost.sites.services.supplies import ensure_items


def supply_items(*, region: str, actor: Actor, at: datetime) -> Mapping[str, object]:  # noqa: ARG001 - as every step
    """Bring in the built-in items; a list that is there stays."""
    return {"new_supply_items": ensure_items(at=at)}
