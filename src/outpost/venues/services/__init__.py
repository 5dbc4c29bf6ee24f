"""Writes of the module."""

from outpost.venues.services.codes import codes_of_venue, codes_to_print
from outpost.venues.services.ledger import (
    close_checkpoints,
    ensure_kinds,
    open_checkpoints,
    recount_flow,
    tell_lanes,
)

__all__ = [
    "close_checkpoints",
    "codes_of_venue",
    "codes_to_print",
    "ensure_kinds",
    "open_checkpoints",
    "recount_flow",
    "tell_lanes",
]
