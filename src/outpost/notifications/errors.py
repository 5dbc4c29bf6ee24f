"""The problems of channels and deliveries."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

NOT_AGAIN = Problem(
    "notifications.not_again",
    409,
    _(
        "This message cannot be sent again: only dead letters can, while their channel is there. Ask for a new one."
    ),
)
ANOTHER_ON = Problem(
    "notifications.another_on",
    409,
    _("“{name}” is on for the same way already. Switch it off first, so that nobody gets everything twice."),
)
HOST_NOT_LISTED = Problem(
    "notifications.host_not_listed",
    422,
    _(
        "This deployment does not let calls out to {host}. The operator of the server adds it to"
        " OUTPOST_OUTGOING_HOSTS and starts again."
    ),
)
BAD_ADDRESS = Problem(
    "notifications.bad_address", 422, _("This is no address of the form https://host/path. Check it.")
)
TEST_ADDRESS = Problem(
    "notifications.test_address", 422, _("Say where the test should go: an address of this channel's kind.")
)
SECRET_SHORT = Problem(
    "notifications.secret_short", 422, _("The shared secret has {found} characters; {least} are the least.")
)
SECRETS_AGAIN = Problem(
    "notifications.secrets_again",
    422,
    _("The address has changed: type the secrets again. What is stored is not sent to another place."),
)
