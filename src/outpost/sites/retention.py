"""How contracts that are gone go, their projects with the last of them."""

from outpost.audit.purging import LEDGERS, Rows

_GONE = "EXISTS (SELECT FROM sites_contract c WHERE c.id = t.contract_id AND c.removed_at < %(before)s)"
_UNUSED = "t.removed_at < %(before)s AND NOT EXISTS (SELECT FROM sites_contract c WHERE c.project_id = t.id)"

_OF_GONE = f"""EXISTS (SELECT FROM sites_registration r WHERE r.id = t.registration_id
    AND (r.removed_at < %(before)s OR {_GONE.replace("t.", "r.")}))"""

ROWS = (
    Rows("sites", "sites_stay", f"t.left_at < %(before)s OR {_OF_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_exception", _OF_GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_registration", f"t.removed_at < %(before)s OR {_GONE}", LEDGERS),
    Rows("sites", "sites_employer", f"t.removed_at < %(before)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_contract", "t.removed_at < %(before)s", LEDGERS),
    Rows("sites", "sites_project", _UNUSED, LEDGERS, is_part=True),
)
