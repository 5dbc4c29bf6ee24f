"""Writes of the module: signing in, accounts, rights, tokens. Each is one transaction with its audit entry.

Passkeys are named by their own file alone: their library is large, and only the pages need it.
"""

from outpost.access.services.accounts import (
    change_password,
    create_officer,
    create_phone_account,
    disable_account,
    enable_account,
    end_other_sessions,
    first_administrator,
    reset_password,
    reset_second_factor,
)
from outpost.access.services.contacts import change_contacts, change_own_contacts
from outpost.access.services.grants import grant_role, revoke_grant
from outpost.access.services.passcodes import ask_passcode, enter_passcode, issue_on_sight
from outpost.access.services.principals import Holder, assign_principals
from outpost.access.services.second_factor import check_second_factor, enrol
from outpost.access.services.sign_in import check_password, record_denial, record_sign_in, sign_out
from outpost.access.services.tokens import create_token, revoke_token
from outpost.access.services.wide_rights import ask_for_grant, decide_grant

__all__ = [
    "Holder",
    "ask_for_grant",
    "ask_passcode",
    "assign_principals",
    "change_contacts",
    "change_own_contacts",
    "change_password",
    "check_password",
    "check_second_factor",
    "create_officer",
    "create_phone_account",
    "create_token",
    "decide_grant",
    "disable_account",
    "enable_account",
    "end_other_sessions",
    "enrol",
    "enter_passcode",
    "first_administrator",
    "grant_role",
    "issue_on_sight",
    "record_denial",
    "record_sign_in",
    "reset_password",
    "reset_second_factor",
    "revoke_grant",
    "revoke_token",
    "sign_out",
]
