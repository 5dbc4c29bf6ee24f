"""The manifest of the audit."""

from django.utils.translation import gettext_lazy as _

from outpost.audit import actions
from outpost.core.modules import Entry, Module
from outpost.core.rights import Role

MODULE = Module(
    name="audit",
    actions=actions.ACTIONS,
    jobs={"audit.print_head": _("Print the head of the audit chain")},
    checks=("outpost.audit.health_checks.purges",),
    retention="outpost.audit.retention.ROWS",
    menu=(
        Entry(_("Audit log"), "audit:log", "history", actions.SEE_AUDIT, "settings", on_phone=True, rank=4),
    ),
    homes={Role.AUDITOR: "audit:log"},
    routes={"audit/": "outpost.audit.urls"},
)
