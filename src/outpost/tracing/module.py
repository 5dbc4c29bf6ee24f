"""The manifest of tracing."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference
from outpost.tracing import actions

MODULE = Module(
    name="tracing",
    title=_("Tracing"),
    actions=actions.ACTIONS,
    jobs={"tracing.close_idle": _("Cases of tracing on which nobody works")},
    messages="outpost.tracing.jobs.MESSAGES",
    retention="outpost.tracing.retention.ROWS",
    references=(Reference("people_person", "person_id", "tracing_case", "person_id"),),
    menu=(Entry(_("Cases"), "tracing:cases", "search", actions.KEEP_CASES, "tracing", is_root=True),),
    routes={"tracing/": "outpost.tracing.urls"},
)
