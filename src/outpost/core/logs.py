"""Logs without people: document numbers and phones are masked before a line is written."""

import logging

from outpost.core.masking import scrub


class ScrubFilter(logging.Filter):
    """Masks document-like and phone-like digit runs in the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(record.getMessage())
        record.args = None
        return True
