"""The manifest of sealed identities."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Entry, Module, Reference, SealedColumn
from outpost.people import actions

MODULE = Module(
    name="people",
    signs_in="outpost.people.signing_in.fits",
    actions=actions.ACTIONS,
    references=(
        Reference("people_person", "person_id", "people_realname", "person_id"),
        Reference("people_person", "person_id", "people_claim", "person_id"),
        Reference("people_person", "person_id", "people_dependant", "person_id"),
        Reference("people_person", "person_id", "people_documentlink", "person_id"),
        Reference("people_person", "person_id", "people_stateddocument", "person_id"),
    ),
    sealed=(
        SealedColumn(
            "people_realname", "account_id", "uuid", "sealed", "people.realname", surname="surname_hash"
        ),
        SealedColumn("people_claim", "id", "uuid", "sealed", "people.claim", surname="surname_hash"),
        SealedColumn("people_dependant", "id", "uuid", "sealed", "people.dependant", surname="surname_hash"),
    ),
    menu=(
        Entry(
            _("Real-name tickets"),
            "people:claims",
            "clipboard-list",
            actions.DECIDE_CLAIMS,
            "settings",
            rank=4,
        ),
        Entry(
            _("Acting for others"), "people:dependants", "users", actions.DECIDE_CLAIMS, "settings", rank=4
        ),
    ),
    jobs_of={
        "exchange.export_ready": ("people.watch",),
        "people.looked": ("people.watch",),
        "access.account_disabled": ("people.end_tokens",),
    },
    jobs={
        "people.watch": _("Watch over unusual reading"),
        "people.end_tokens": _("Tokens of a disabled account end"),
        "people.watch_hourly": _("Watch over unusual reading, hourly"),
    },
    messages="outpost.people.jobs.MESSAGES",
    checks=("outpost.people.health_checks.key_copies",),
    retention="outpost.people.retention.ROWS",
    routes={"people/": "outpost.people.urls"},
)
