"""The problems of signing in, accounts and rights."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

# One answer for an unknown account, a wrong secret and a disabled account: nothing about who exists.
WRONG_PASSWORD = Problem(
    "access.wrong_password", 403, _("User name or password is wrong. Check both and try again.")
)
WRONG_PASSCODE = Problem(
    "access.wrong_passcode",
    403,
    _(
        "The code is wrong, has expired, or was asked for on another device."
        " Check it, or ask for a new code on this device."
    ),
)
PASSCODE_MISSING = Problem(
    "access.passcode_missing", 422, _("Enter the code from the message, or ask for one first.")
)
WRONG_SECOND_FACTOR = Problem(
    "access.wrong_second_factor",
    403,
    _("The code of the authenticator is wrong or was used already. Wait for the next one and enter it."),
)
LOCKED = Problem("access.locked", 429, _("Too many tries from here. Wait {wait}, then try again."))
TOO_MANY_CODES = Problem(
    "access.too_many_codes",
    429,
    _("Too many codes were asked for. A code you already have stays good; ask again in {wait}."),
)
TOO_MANY_REQUESTS = Problem(
    "access.too_many_requests",
    429,
    _("Too many requests from this account. Wait {wait}. Nothing was lost."),
)
WRONG_PASSKEY = Problem(
    "access.wrong_passkey",
    403,
    _("This passkey does not sign in here. Sign in with a code, then add it again under My account."),
)
PASSKEY_REFUSED = Problem(
    "access.passkey_refused", 422, _("The device's answer does not fit, or came too late. Try once more.")
)
PASSKEYS_ENOUGH = Problem(
    "access.passkeys_enough", 409, _("The account has {most} passkeys already. Remove one first.")
)
SIGN_IN_EXPIRED = Problem(
    "access.sign_in_expired", 403, _("Signing in took too long. Start again with your user name or phone.")
)

USERNAME_TAKEN = Problem(
    "access.username_taken", 409, _("The user name {username} is taken. Choose another one.")
)
USERNAME_MALFORMED = Problem(
    "access.username_malformed",
    422,
    _("A user name has 2 to 40 letters, digits, dots, dashes or underscores and begins with a letter."),
)
PHONE_TAKEN = Problem("access.phone_taken", 409, _("There is an account for this phone already. Open it."))
RIGHTS_HELD = Problem(
    "access.rights_held",
    409,
    _("This account has rights, such as over an enterprise. Hand them over first; then close the account."),
)
PASSWORD_WEAK = Problem("access.password_weak", 422, _("The new password is not strong enough: {reasons}"))
PASSWORD_SAME = Problem(
    "access.password_same", 422, _("The new password is the old one. Choose a different one.")
)
NOT_TO_YOURSELF = Problem(
    "access.not_to_yourself",
    403,
    _("You cannot change your own rights or account. Ask another security administrator to do it."),
)
DUTIES_CLASH = Problem(
    "access.duties_clash",
    409,
    _(
        "One account cannot be both {held} and {role}: operation, rights and audit are kept apart from each other"
        " and from the work with people's data. Use a second account."
    ),
)
DUTIES_OF_PHONE = Problem(
    "access.duties_of_phone",
    409,
    _(
        "This phone signs in to an account that may not be a person in charge as well: operation, rights and audit are"
        " kept apart from the work with people's data. Use another phone."
    ),
)
TAKES_TWO = Problem(
    "access.takes_two",
    403,
    _(
        "A right over other people's data, and the administration itself, takes two: let another security "
        "administrator agree, or the operator give it at the server (outpost user grant)."
    ),
)
AT_THE_SERVER = Problem(
    "access.at_the_server",
    403,
    _(
        "This account has a far-reaching right: whoever took its second factor could become it. Ask the operator to do "
        "it at the server (outpost user reset-second-factor), with its owner beside them."
    ),
)
SCOPE_UNFIT = Problem(
    "access.scope_unfit", 422, _("The role {role} cannot be given over {scope}. Choose one of: {allowed}.")
)
SCOPE_UNKNOWN = Problem(
    "access.scope_unknown",
    422,
    _("There is no such place to give a right over: {scope}. Choose one from the list, or check the code."),
)
ROLE_UNKNOWN = Problem("access.role_unknown", 422, _("There is no role {role}. Choose one of: {allowed}."))
ALREADY_GRANTED = Problem(
    "access.already_granted", 409, _("The account has this right already. Nothing was changed.")
)
TOKEN_AT_THE_SERVER = Problem(
    "access.token_at_the_server",
    403,
    _(
        "A token that reads people's data is made by the operator at the server (outpost token create), so that two "
        "know of it."
    ),
)
TOKEN_ROLE = Problem(
    "access.token_role", 422, _("The role {role} is for persons only; a token may carry one of: {allowed}.")
)
TRIES_USED_UP = Problem(
    "access.tries_used_up",
    429,
    _(
        "Too many numbers were tried today that are shown masked, more than work needs. It goes on tomorrow; the "
        "auditor and the security administrator are told. Whole ledgers are entered by the operator."
    ),
)
