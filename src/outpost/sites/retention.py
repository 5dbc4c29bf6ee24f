"""How contracts that are gone go, what is on file of them before, their projects with the last of them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from psycopg import sql

from outpost.audit.purging import LEDGERS, Rows
from outpost.core import clock
from outpost.core.db import rows_of
from outpost.exchange import files
from outpost.sites import papers
from outpost.sites.services import tallies

_GONE = "EXISTS (SELECT FROM sites_contract c WHERE c.id = t.contract_id AND c.removed_at < %(before)s)"
_UNUSED = "t.removed_at < %(before)s AND NOT EXISTS (SELECT FROM sites_contract c WHERE c.project_id = t.id)"

_OF_GONE = f"""EXISTS (SELECT FROM sites_registration r WHERE r.id = t.registration_id
    AND (r.removed_at < %(before)s OR {_GONE.replace("t.", "r.")}))"""

_EMPLOYER_GONE = f"""EXISTS (SELECT FROM sites_employer e WHERE e.id = t.employer_id
    AND (e.removed_at < %(before)s OR {_GONE.replace("t.", "e.")}))"""


class _WithPapers(Rows):
    """Checklists, whose files go with them."""

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        removed = super().remove(condition, values)
        transaction.on_commit(lambda: papers.sweep(at=clock.now()))
        return removed

    def ended_files(self) -> None:
        for path in files.ids_of(papers.FOLDER):
            path.unlink(missing_ok=True)


class _Counted(Rows):
    """Stays: who of those that remain has ever entered is counted from them."""

    def remove(self, condition: sql.Composable, values: Mapping[str, Any]) -> int:
        touched = sql.SQL("SELECT DISTINCT t.contract_id FROM sites_stay t WHERE {}").format(condition)
        contracts = {contract_id for (contract_id,) in rows_of(touched, dict(values))}
        removed = super().remove(condition, values)
        tallies.follow(contracts, at=clock.now())
        return removed


ROWS = (
    Rows("sites", "sites_gatepass", f"t.occurred_at < %(before)s OR {_OF_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_arrival", f"t.occurred_at < %(before)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_arrivalrun", "t.started_at < %(before)s", LEDGERS, is_part=True),
    _Counted("sites", "sites_stay", f"t.left_at < %(before)s OR {_OF_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_passage", f"t.occurred_at < %(before)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_exception", _OF_GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_familymember", f"t.removed_at < %(before)s OR {_OF_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_addresstask", _OF_GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_groupmember", f"t.ended_on < %(first)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_hospital", _GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_supplymovement", _GONE, LEDGERS, is_part=True),
    _WithPapers("sites", "sites_checklist", _GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_registration", f"t.removed_at < %(before)s OR {_GONE}", LEDGERS),
    Rows("sites", "sites_siteuser", f"t.ended_at < %(before)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_employertally", _EMPLOYER_GONE, LEDGERS, is_part=True),
    Rows("sites", "sites_employer", f"t.removed_at < %(before)s OR {_GONE}", LEDGERS, is_part=True),
    Rows("sites", "sites_contract", "t.removed_at < %(before)s", LEDGERS),
    Rows("sites", "sites_project", _UNUSED, LEDGERS, is_part=True),
)
