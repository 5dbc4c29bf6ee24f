"""The kinds of the tests and their table."""

from collections.abc import Iterator

import pytest

from outpost.exchange import registry
from outpost.exchange.tests import ledger as kinds


@pytest.fixture(autouse=True)
def known_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test makes known is forgotten after it."""
    for known in ("_imports", "_exports"):
        monkeypatch.setattr(registry, known, dict(getattr(registry, known)))


@pytest.fixture
def ledger(db: None) -> None:
    """The table and the kinds, in the transaction of the test."""
    registry.register_imports(kinds.LedgerImport())
    registry.register_exports(kinds.LedgerExport())
    kinds.create_table()


@pytest.fixture
def committed_ledger(transactional_db: None) -> Iterator[None]:
    """The same for tests with several connections or processes."""
    registry.register_imports(kinds.LedgerImport())
    registry.register_exports(kinds.LedgerExport())
    kinds.create_table()
    yield
    kinds.drop_table()
