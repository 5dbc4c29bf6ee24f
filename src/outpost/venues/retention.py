"""How check-ins and the venues that are gone go; the job of days then drops the emptied partitions."""

from outpost.audit.purging import HEALTH, LEDGERS, Rows

_OF_GONE_VENUE = """EXISTS (SELECT FROM venues_checkpoint c JOIN venues_venue v ON v.id = c.venue_id
    WHERE c.id = t.checkpoint_id AND v.removed_at < %(before)s)"""
_GONE_VENUE = "EXISTS (SELECT FROM venues_venue v WHERE v.id = t.venue_id AND v.removed_at < %(before)s)"

ROWS = (
    Rows("check_ins", "venues_checkinid", "t.received_at < %(before)s", HEALTH, is_part=True),
    Rows("check_ins", "venues_conflict", "t.received_at < %(before)s", HEALTH, is_part=True),
    Rows("check_ins", "venues_gateentry", "t.day < %(first)s", HEALTH, is_part=True),
    Rows("check_ins", "venues_checkin", "t.day < %(first)s", HEALTH),
    Rows("check_ins", "venues_abnormal", "t.day < %(first)s", HEALTH, is_part=True),
    Rows("venues", "venues_memberflow", "t.day < %(first)s", HEALTH, is_part=True),
    Rows("venues", "venues_flow", "t.day < %(first)s", HEALTH, is_part=True),
    Rows("venues", "venues_venuecode", _OF_GONE_VENUE, LEDGERS, is_part=True),
    Rows("venues", "venues_handover", _GONE_VENUE, LEDGERS, is_part=True),
    Rows("venues", "venues_joincode", _GONE_VENUE, LEDGERS, is_part=True),
    Rows("venues", "venues_member", f"t.removed_at < %(before)s OR {_GONE_VENUE}", LEDGERS, is_part=True),
    Rows("venues", "venues_checkpoint", _GONE_VENUE, LEDGERS, is_part=True),
    Rows("venues", "venues_venue", "t.removed_at < %(before)s", LEDGERS),
)
