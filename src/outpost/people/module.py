"""The manifest of sealed identities."""

from outpost.core.modules import Module
from outpost.people import actions

MODULE = Module(
    name="people",
    actions=actions.ACTIONS,
    jobs_of={"exchange.export_ready": ("people.watch",), "people.looked": ("people.watch",)},
    messages="outpost.people.jobs.MESSAGES",
    retention="outpost.people.retention.ROWS",
    routes={"people/": "outpost.people.urls"},
)
