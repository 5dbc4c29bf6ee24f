"""Writes of the exchange: files in, their check, their application, their undoing; files out."""

from outpost.exchange.mending import SHOWN
from outpost.exchange.services.applying import apply_import, undo_import
from outpost.exchange.services.approvals import decide_export
from outpost.exchange.services.checking import check_import
from outpost.exchange.services.expiry import expire, forget_files
from outpost.exchange.services.exports import fetch_export, request_export, write_export
from outpost.exchange.services.imports import (
    confirm_import,
    discard_import,
    fetch_failures,
    give_up_import,
    request_undo,
    upload,
)
from outpost.exchange.services.mending import correct_rows, see_rejected
from outpost.exchange.services.running import ImportResult, end_cut_off, run_import

__all__ = [
    "SHOWN",
    "ImportResult",
    "apply_import",
    "check_import",
    "confirm_import",
    "correct_rows",
    "decide_export",
    "discard_import",
    "end_cut_off",
    "expire",
    "fetch_export",
    "fetch_failures",
    "forget_files",
    "give_up_import",
    "request_export",
    "request_undo",
    "run_import",
    "see_rejected",
    "undo_import",
    "upload",
    "write_export",
]
