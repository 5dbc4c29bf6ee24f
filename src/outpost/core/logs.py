"""Logs without people: document numbers and phones are masked before a line is written.

And without noise: an outage is no fault of the page that asked it.
"""

import logging

from procrastinate.exceptions import ConnectorException

from outpost.core.masking import scrub
from outpost.core.outage import is_disk_full, outage_text


def one_line(fault: object) -> str:
    """What a fault says, without line breaks. That of the queue says nothing, its cause does."""
    cause = fault.__cause__ if isinstance(fault, ConnectorException) and fault.__cause__ else fault
    return " ".join(str(cause).split())


class BriefFilter(logging.Filter):
    """Makes one line of a request or job that met an outage: its trace says nothing, its cause stands there."""

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info and record.exc_info[1]
        if outage_text(fault):
            reason = "the disk is full: " if is_disk_full(fault) else ""
            reason += one_line(fault)
            said = " ".join(record.getMessage().split())
            record.msg = f"{said} ({type(fault).__name__}: {reason})"
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
