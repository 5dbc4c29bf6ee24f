"""How removed enterprises go, with their principals: once no ledger refers to them any more."""

from outpost.audit.purging import LEDGERS, Rows

ROWS = (
    Rows("organizations", "regions_principalchange", "t.asked_at < %(before)s", LEDGERS),
    Rows(
        "organizations", "regions_organization", "t.removed_at < %(before)s", LEDGERS, unless_referenced=True
    ),
)
