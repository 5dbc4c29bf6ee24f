"""Writes of the module."""

from outpost.sites.services.closing import CONTRACT_KEY, close_contract
from outpost.sites.services.registering import REGISTRATION_KEY, withdraw_registration

__all__ = ["CONTRACT_KEY", "REGISTRATION_KEY", "close_contract", "withdraw_registration"]
