"""What every district starts with: the built-in categories."""

from collections.abc import Mapping
from datetime import datetime

from outpost.core.actor import Actor
from outpost.sentinel.services.templates import ensure_templates


def categories(*, region: str, actor: Actor, at: datetime) -> Mapping[str, object]:
    """Make the built-in categories with their departments and fields."""
    return {"new_categories": ensure_templates(region=region, actor=actor, at=at)}
