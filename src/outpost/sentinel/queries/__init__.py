"""Reads of the sentinel instrument: ledgers, match, reports."""
