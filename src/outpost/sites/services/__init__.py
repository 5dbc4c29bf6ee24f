"""Writes of the module."""

from outpost.sites.services.closing import CONTRACT_KEY, close_contract
from outpost.sites.services.excepting import agree_to_exception, ask_exception, end_exception
from outpost.sites.services.passing import enter, leave
from outpost.sites.services.place_rules import add_place_rule, end_place_rule
from outpost.sites.services.registering import REGISTRATION_KEY, withdraw_registration

__all__ = [
    "CONTRACT_KEY",
    "REGISTRATION_KEY",
    "add_place_rule",
    "agree_to_exception",
    "ask_exception",
    "close_contract",
    "end_exception",
    "end_place_rule",
    "enter",
    "leave",
    "withdraw_registration",
]
