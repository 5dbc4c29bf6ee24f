"""Reads of health facts and of the pass."""
