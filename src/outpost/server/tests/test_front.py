"""Of whom more than a short form is read."""

from uuid import uuid4
from wsgiref.util import setup_testing_defaults

import pytest

from outpost.core import clock
from outpost.desks.rules import MOST_BYTES, MOST_ENTRIES
from outpost.server.front import Environ, is_known
from outpost.testing.cast import Cast
from outpost.venues.models import Venue
from outpost.venues.tests.gate import gate, visit
from outpost.venues.tests.ledger import brought, venue_row
from outpost.web.middleware import STRANGERS_BYTES


def call(device: object, length: int) -> Environ:
    environ: Environ = {"CONTENT_LENGTH": str(length), "HTTP_OUTPOST_DEVICE": str(device)}
    setup_testing_defaults(environ)
    return environ


@pytest.mark.django_db
@pytest.mark.promise("O1")
def test_a_whole_batch_of_a_gate_is_read(cast: Cast) -> None:
    """What gathered without a network is longer than what is read of strangers; its signature is looked at later."""
    brought(venue_row(1))
    desk = gate(Venue.objects.get(), at=clock.now())
    batch = len(str([desk.entry(visit(), clock.now()) for _ in range(MOST_ENTRIES)]))
    assert STRANGERS_BYTES < batch < MOST_BYTES
    assert is_known(call(desk.device.id, batch))
    assert is_known(call(desk.device.id, MOST_BYTES))
    assert not is_known(call(desk.device.id, MOST_BYTES + 1))
    for stranger in (uuid4(), "", "é"):
        assert not is_known(call(stranger, batch))
