"""What people are told about construction sites."""

from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "sites.lead_named": _(
        "You were named as project lead of a construction site. Sign in with this phone to pre-register people and to "
        "see who is on site; if you cannot explain it, tell your town."
    ),
}
