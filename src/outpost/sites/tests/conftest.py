"""What several test files of sites begin with."""

import pytest

from outpost.sites.models import Contract, Registration
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_registrations import declare, stated
from outpost.testing.cast import NOON, Cast


@pytest.fixture(scope="module")
def ledger(cast_of_file: Cast) -> None:
    """The first contract, brought in once a file."""
    brought(contract_row(1), actor=cast_of_file.actor("command"))


@pytest.fixture
def contract(cast: Cast) -> Contract:
    """The first contract: of the file, or of the test alone where tests have connections of their own."""
    return (
        Contract.objects.filter(number="HT0001").first()
        or brought(contract_row(1), actor=cast.actor("command"))[0]
    )


@pytest.fixture
def worker(cast: Cast, contract: Contract) -> Registration:
    """Somebody who is registered under it."""
    declare(1)
    return register(contract.id, stated(1), actor=cast.actor("town"), at=NOON)
