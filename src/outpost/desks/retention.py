"""How entries go: with the check-ins that follow from them. Devices stay as long as an entry may name them."""

from outpost.audit.purging import HEALTH, LEDGERS, Rows

ROWS = (
    Rows("check_ins", "desks_entry", "t.received_at < %(before)s", HEALTH, is_part=True),
    Rows("venues", "desks_device", "t.revoked_at < %(before)s", LEDGERS, is_part=True),
    Rows("venues", "desks_pin", "t.set_at < %(before)s", LEDGERS, is_part=True),
    Rows("venues", "desks_pairingcode", "t.made_at < %(before)s", LEDGERS, is_part=True),
)
