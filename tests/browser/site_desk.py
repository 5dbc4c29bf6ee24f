"""A desk of a construction site that answers the gate app in memory: with a list that one PIN opens."""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outpost.desks.gates import limits
from tests.browser.desk import PIN, ROUNDS, SALT, Desk, text_of

_CONTEXT = b"outpost.desks.people.1"
NUMBERS = {"free": "11010519491231002X", "held": "110101199003071233"}
NAMES = {"free": "甄*", "held": "贾**"}


class SiteDesk(Desk):
    """`hours`: how old its list is, `holds_hours`: how old it may be. `is_ordered`: the free one is inside
    meanwhile, and an order was set."""

    def __init__(self, hours: float, holds_hours: int = 72) -> None:
        super().__init__()
        self.holds_hours = holds_hours
        self.listed_at = datetime.now(UTC) - timedelta(hours=hours)
        self.is_ordered = False
        self._ids = {name: str(uuid4()) for name in NUMBERS}
        self._salt = os.urandom(16)

    def order(self) -> None:
        """The command decides, and the list is made anew."""
        self.listed_at, self.is_ordered = datetime.now(UTC), True

    def setup(self) -> dict[str, Any]:
        return super().setup() | {
            "place": {"kind": "contract", "name": "第1住宅小区 HT0001"},
            "checkpoints": [],
            "temperature": limits(Decimal("34.0"), Decimal("43.0"), Decimal("37.2")),
            "words": {
                "dispositions": {"isolation": {"zh": "需隔离", "en": "To be isolated"}},
                "rolls": {"worker": {"zh": "作业人员", "en": "Worker"}},
            },
            "people": self._sealed(),
        }

    def _sealed(self) -> dict[str, Any]:
        device, member = UUID(self.device).bytes, UUID(self.member).bytes
        own = AESGCM.generate_key(256)
        key = hashlib.pbkdf2_hmac("sha256", PIN.encode(), SALT + _CONTEXT, ROUNDS)
        plain = json.dumps(self._list(), ensure_ascii=False).encode()
        return {
            "sealed": _boxed(own, plain, _CONTEXT + device),
            "keys": {self.member: _boxed(key, own, _CONTEXT + device + member)},
        }

    def _list(self) -> dict[str, Any]:
        day = (self.listed_at + timedelta(hours=8)).date()
        ordered = {"disposition": "isolation", "inside": True} if self.is_ordered else {}
        today = (datetime.now(UTC) + timedelta(hours=8)).date()  # the gate counts the days until now
        isolated = {"isolation_days": 14, "base_on": (today - timedelta(days=10)).isoformat()}
        return {
            "at": self.listed_at.isoformat(),
            "holds_to": None,
            "holds_hours": self.holds_hours,
            "salt": text_of(self._salt),
            "people": [
                self._person("free", day.isoformat(), **ordered),
                self._person("held", day.isoformat(), **isolated),
            ],
        }

    def _person(self, name: str, day: str, **known: Any) -> dict[str, Any]:
        said = f"resident_id:{NUMBERS[name]}".encode()
        usual = {
            "id": self._ids[name],
            "person": uuid4().hex,
            "number": text_of(hmac.digest(self._salt, said, "sha256")[:16]),
            "name": NAMES[name],
            "tail": NUMBERS[name][-4:],
            "employer": "丙劳务有限公司",
            "roll": "worker",
            "inside": False,
            **dict.fromkeys(("left_on", "unverified_since", "disposition", "excepted_to")),
            "declared_on": day,
            "base_on": day,
            "is_positive": False,
            **dict.fromkeys(("isolation_days", "tests", "tests_done"), 0),
        }
        return usual | known


def _boxed(key: bytes, plain: bytes, bound: bytes) -> str:
    nonce = os.urandom(12)
    return text_of(nonce + AESGCM(key).encrypt(nonce, plain, bound))
