"""A process that works on an import and stops in the middle, to be killed: `python -m … check|apply ID`."""

import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import django
from django.db import connection

NEVER = 600.0


def main(act: str, import_id: UUID) -> None:
    from outpost.core import clock
    from outpost.core.sheets.parsing import Row, RowCheck
    from outpost.exchange import registry, services
    from outpost.exchange.check_worker import BLOCK_ROWS
    from outpost.exchange.kinds import Setting
    from outpost.exchange.tests.ledger import LedgerImport

    stop_at_row = BLOCK_ROWS + 5_000  # in the second block

    class StoppingLedger(LedgerImport):
        def parser(self, setting: Setting) -> RowCheck:
            parse = super().parser(setting)
            seen = 0

            def stopping(cells: Sequence[Any]) -> Row:
                nonlocal seen
                seen += 1
                if seen == stop_at_row:
                    print("stopped", flush=True)
                    time.sleep(NEVER)
                return parse(cells)

            return stopping

        def after_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM exchange_test_ledger")
            print("stopped", flush=True)
            time.sleep(NEVER)

    registry.register_imports(StoppingLedger())
    work = {"check": services.check_import, "apply": services.apply_import}[act]
    work(import_id, at=clock.now())


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], UUID(sys.argv[2]))
