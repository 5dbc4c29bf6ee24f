"""The manifest of files in and out and of the queue of jobs."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, SealedColumn
from outpost.core.rights import Role
from outpost.exchange import actions

MODULE = Module(
    name="exchange",
    actions=actions.ACTIONS,
    jobs={
        "exchange.check": _("Check an uploaded file"),
        "exchange.apply": _("Take an import over"),
        "exchange.undo": _("Take an import back"),
        "exchange.write": _("Write an export"),
        "exchange.expire": _("Remove files past their time"),
        "exchange.end_cut_off": _("End imports that were cut off"),
    },
    sealed=(SealedColumn("exchange_import", "id", "uuid", "sealed_name", "exchange.import"),),
    retention="outpost.exchange.retention.ROWS",
    menu=(
        Entry(_("My tasks"), "exchange:tasks", "list-check", actions.SEE_TASKS, "tasks", on_phone=True),
        Entry(_("Job queue"), "operation:jobs", "hourglass", actions.SEE_JOBS, "tasks", on_phone=True),
    ),
    homes={Role.OPERATOR: "operation:jobs", Role.FEEDER: "exchange:tasks"},
    routes={"files/": "outpost.exchange.urls", "operation/": "outpost.exchange.jobs_page"},
)
