"""Writes of cases, and the search within one."""

from outpost.tracing.services.cases import (
    Opening,
    approve_case,
    close_case,
    close_idle,
    open_case,
    widen_case,
)
from outpost.tracing.services.searching import Found, Search, case_of_document, reveal_met, search_co_presence

__all__ = [
    "Found",
    "Opening",
    "Search",
    "approve_case",
    "case_of_document",
    "close_case",
    "close_idle",
    "open_case",
    "reveal_met",
    "search_co_presence",
    "widen_case",
]
