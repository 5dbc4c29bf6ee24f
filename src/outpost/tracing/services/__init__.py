"""Writes of cases, and the search within one."""

from outpost.tracing.services.cases import (
    Opening,
    approve_case,
    close_case,
    close_idle,
    open_case,
    widen_case,
)
from outpost.tracing.services.exposing import state_met
from outpost.tracing.services.searching import (
    Found,
    Search,
    reveal_met,
    search_at_terminal,
    search_co_presence,
)

__all__ = [
    "Found",
    "Opening",
    "Search",
    "approve_case",
    "close_case",
    "close_idle",
    "open_case",
    "reveal_met",
    "search_at_terminal",
    "search_co_presence",
    "state_met",
    "widen_case",
]
