"""How cases go: some time after they were closed; at the end of the event all of them."""

from outpost.audit.purging import HEALTH, Rows

ROWS = (Rows("cases", "tracing_case", "t.closed_at < %(before)s", HEALTH),)
