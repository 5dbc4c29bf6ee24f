"""What every district starts with: the vaccine products."""

from collections.abc import Mapping
from datetime import datetime

from outpost.core.actor import Actor
from outpost.health import services


def products(*, region: str, actor: Actor, at: datetime) -> Mapping[str, object]:  # noqa: ARG001 - as every step
    """Bring in the built-in vaccine products; edited ones stay."""
    return {"new_products": services.ensure_products()}
