"""Writes of the module."""

from outpost.sites.services.closing import CONTRACT_KEY, close_contract

__all__ = ["CONTRACT_KEY", "close_contract"]
