"""Who may make a phone ring that need not be theirs: each place that sends to a phone as it was typed, and what keeps
it from being a cannon. A new one fails here until somebody has said what bounds it."""

import re
from pathlib import Path

from django.conf import settings

SOURCE = Path(settings.PACKAGE)
BOUNDED = {
    "notifications/passcodes.py": "codes a day by phone, by source and by both: access/tests/test_passcodes.py",
    "venues/services/handing_over.py": "five a day by who names, three by the phone: venues/tests/test_handing_over.py"
    "; a chain twice its branches a day: venues/tests/test_naming.py",
    "venues/services/managers.py": "whom an officer or a file names, each once; who creates a venue names themselves",
    "sites/services/leads.py": "whom an officer or a file names in charge, each once",
    "sites/services/users.py": "a lead, so many under a contract (MOST_USERS), each once",
    "sites/services/ordered.py": "the person of a lifting or an end that moved, on two words, once each",
    "sentinel/services/principals.py": "whoever is in charge and whom they name, on an officer's word",
}
_TO_A_PHONE = re.compile(r"\bPhone\([a-z]")
_MATCHED = {"notifications/services/sending.py"}
"""Takes a recipient apart, makes none."""


def test_each_place_that_rings_a_typed_phone_is_bounded() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "tests" not in path.parts and _TO_A_PHONE.search(path.read_text("utf-8"))
    }
    assert found - _MATCHED == set(BOUNDED)
