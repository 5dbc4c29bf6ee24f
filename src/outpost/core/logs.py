"""Logs without people: document numbers and phones are masked before a line is written.

And without noise: an outage is no fault of the page that asked it.
"""

import logging

from outpost.core.masking import scrub
from outpost.core.outage import is_disk_full, outage_text


class BriefFilter(logging.Filter):
    """Makes one line of a request that met an outage: its trace says nothing, its cause stands there."""

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info and record.exc_info[1]
        if outage_text(fault):
            reason = "the disk is full: " if is_disk_full(fault) else ""
            reason += " ".join(str(fault).split())
            record.msg = f"{record.getMessage()} ({type(fault).__name__}: {reason})"
            record.args = record.exc_info = None
        return True


class ScrubFilter(logging.Filter):
    """Masks document-like and phone-like digit runs in the finished message and in the trace of a fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(record.getMessage())
        record.args = None
        if record.exc_info:  # a formatter writes the text that it finds here
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
        return True
