"""How old versions of rows and finished jobs go. The chain of entries has a term of its own."""

from outpost.audit.purging import HEALTH, LEDGERS, Rows

ROWS = (
    Rows("history", "audit_rowversion", "t.replaced_at < %(before)s", HEALTH, "t.\"table\" LIKE 'health%%'"),
    Rows("history", "audit_rowversion", ends_with=LEDGERS),
    Rows("history", "audit_deletion", "t.deleted_at < %(before)s", LEDGERS),
    Rows(
        "jobs",
        "procrastinate_jobs",
        "t.status NOT IN ('todo', 'doing') AND NOT EXISTS"
        " (SELECT FROM procrastinate_events e WHERE e.job_id = t.id AND e.at >= %(before)s)",
    ),
)
