"""How messages go: those of inboxes, and the log of what was delivered outside."""

from outpost.audit.purging import HEALTH, Rows

_OLD = "t.created_at < %(before)s"

ROWS = (
    Rows("messages", "notifications_inboxmessage", _OLD, HEALTH),
    Rows(
        "deliveries",
        "notifications_delivery",
        "EXISTS (SELECT FROM notifications_message m WHERE m.id = t.message_id AND m.created_at < %(before)s"
        " AND m.expires_at < %(before)s)",
        HEALTH,
    ),
    Rows("deliveries", "notifications_message", f"{_OLD} AND t.expires_at < %(before)s", HEALTH),
)
