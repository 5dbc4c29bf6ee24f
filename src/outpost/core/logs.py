"""Logs without people: document numbers and phones are masked before a line is written."""

import logging

from outpost.core.masking import scrub


class ScrubFilter(logging.Filter):
    """Masks document-like and phone-like digit runs in the finished message and in the trace of a fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(record.getMessage())
        record.args = None
        if record.exc_info:  # a formatter writes the text that it finds here
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
        return True
