"""The manifest of sealed identities."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Module
from outpost.people import actions

MODULE = Module(
    name="people",
    actions=actions.ACTIONS,
    jobs_of={"exchange.export_ready": ("people.watch",), "people.looked": ("people.watch",)},
    jobs={
        "people.watch": _("Watch over unusual reading"),
        "people.watch_hourly": _("Watch over unusual reading, hourly"),
    },
    messages="outpost.people.jobs.MESSAGES",
    checks=("outpost.people.health_checks.key_copies",),
    retention="outpost.people.retention.ROWS",
    routes={"people/": "outpost.people.urls"},
)
