"""What several test files of sites begin with."""

import pytest

from outpost.sites.models import Contract, Registration
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_registrations import declare, stated
from outpost.testing.cast import NOON, Cast


@pytest.fixture
def contract(cast: Cast) -> Contract:
    """The first contract."""
    (found,) = brought(contract_row(1), actor=cast.actor("command"))
    return found


@pytest.fixture
def worker(cast: Cast, contract: Contract) -> Registration:
    """Somebody who is registered under it."""
    declare(1)
    return register(contract.id, stated(1), actor=cast.actor("town"), at=NOON)
