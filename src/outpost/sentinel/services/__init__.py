"""Writes of the sentinel instrument: categories, organisations, staff, the nightly match."""
