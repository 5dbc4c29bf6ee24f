"""How identities go: once no record refers to the person any more. A real name stays as long as its account, a link of
documents until it is undone; a ticket that nobody decided goes with the decided ones. Who refers is said in
`config.wiring`."""

from outpost.audit.purging import HEALTH, Rows
from outpost.people.documents import LINKING
from outpost.people.services import REGISTERING

ROWS = (
    # as long as check-ins are kept, which is as long as a token lasts at least
    Rows("check_ins", "people_tokenend", "t.ended_at < %(before)s", HEALTH, is_part=True),
    Rows("people", "people_claim", "t.made_at < %(before)s", HEALTH, is_part=True),
    Rows(
        *("people", "people_dependant", "t.confirmed_at IS NULL AND t.asked_at < %(before)s", HEALTH),
        is_part=True,
    ),
    Rows("people", "people_stateddocument", "t.stated_at < %(before)s", HEALTH, is_part=True),
    Rows("people", "people_documentlink", "t.unlinked_at < %(before)s", HEALTH, lock=LINKING, is_part=True),
    Rows("people", "people_realname", ends_with=HEALTH, is_part=True),
    Rows(
        "people",
        "people_person",
        "t.registered_at < %(before)s",
        HEALTH,
        unless_referenced=True,
        lock=REGISTERING,
    ),
)
