"""Routes."""

from django.urls import path

from outpost.access.web import (
    account,
    accounts,
    confirming,
    contacts,
    passkeys,
    second_factor,
    sign_in,
    tokens,
)

app_name = "access"
urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/phone", sign_in.phone, name="phone"),
    path("sign-in/passkey", passkeys.sign_in_by_passkey, name="passkey"),
    path("sign-in/new-password", second_factor.new_password, name="new_password"),
    path("sign-in/code", second_factor.second_factor, name="second_factor"),
    path("sign-in/authenticator", second_factor.enrol, name="enrol"),
    path("sign-in/recovery-codes", second_factor.recovery_codes, name="recovery_codes"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("me", account.me, name="me"),
    path("me/password", account.change_password, name="change_password"),
    path("me/contacts", contacts.my_contacts, name="my_contacts"),
    path("me/confirm", confirming.confirm, name="confirm"),
    path("me/passkeys/new", passkeys.new_passkey, name="new_passkey"),
    path("me/passkeys/<uuid:passkey_id>/remove", passkeys.remove_passkey, name="remove_passkey"),
    path("me/sessions/end", account.end_sessions, name="end_sessions"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/waiting", accounts.waiting, name="waiting_grants"),
    path("accounts/waiting/<uuid:request_id>", accounts.decide, name="decide_grant"),
    path("accounts/new-officer", accounts.new_officer, name="new_officer"),
    path("accounts/new-phone", accounts.new_phone, name="new_phone"),
    path("accounts/<uuid:user_id>", accounts.account, name="account"),
    path("accounts/<uuid:user_id>/contacts", contacts.contacts, name="contacts"),
    path("accounts/<uuid:user_id>/grants", accounts.grant, name="grant"),
    path("accounts/<uuid:user_id>/grants/<uuid:grant_id>/revoke", accounts.revoke, name="revoke"),
    path("accounts/<uuid:user_id>/disable", accounts.disable, name="disable"),
    path("accounts/<uuid:user_id>/enable", accounts.enable, name="enable"),
    path("accounts/<uuid:user_id>/password", accounts.reset_password, name="reset_password"),
    path("accounts/<uuid:user_id>/initial-password", accounts.initial_password, name="initial_password"),
    path("accounts/<uuid:user_id>/authenticator", accounts.reset_second_factor, name="reset_second_factor"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/copied", tokens.token_copied, name="token_copied"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke_token, name="revoke_token"),
]
