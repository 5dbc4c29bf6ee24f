"""Writes tests/shared/passes.json: texts of passes and what a gate says of each at an instant.

Server and gate read the same file (`health/live_passes.py`; `field/`). Keys and signatures are made by chance anew.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.health.conditions import Colour
from outpost.health.live_passes import CARD, LIVE, LivePass, judged, pass_keys, pass_text

TARGET = Path(__file__).resolve().parents[1] / "tests" / "shared" / "passes.json"
AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
PERSON = UUID("8f3c2a10-5b77-8d41-9a6e-0c1d2e3f4a5b")
SECOND = timedelta(seconds=1)


def made(keys: KeyRing, **said: Any) -> str:
    """A pass of somebody, green unless said otherwise."""
    usual = {
        "kind": LIVE,
        "person_id": PERSON,
        "issued_at": AT - 10 * SECOND,
        "name": "张*",
        "number_end": "1234",
        "colour": Colour.GREEN,
        "until": AT + timedelta(hours=5),
        "rule": (3, 8),
    }
    return pass_text(keys, LivePass(**{**usual, **said}))


def turned(text: str, place: int, by: int = 1) -> str:
    """The text with bits of one byte turned."""
    blob = bytearray(base64.b32decode(text + "=" * (-len(text) % 8)))
    blob[place] ^= by
    return base64.b32encode(bytes(blob)).decode().rstrip("=")


def ours(keys: KeyRing) -> dict[str, str]:
    """Texts that we signed, by what is peculiar about them."""
    return {
        "green": made(keys),
        "yellow": made(keys, colour=Colour.YELLOW, until=None, rule=(3, 6)),
        "red": made(keys, colour=Colour.RED, rule=(0, 1)),
        "sixty seconds old": made(keys, issued_at=AT - 60 * SECOND),
        "sixty-one seconds old": made(keys, issued_at=AT - 61 * SECOND),
        "a day old and red": made(keys, issued_at=AT - timedelta(days=1), colour=Colour.RED),
        "sixty seconds ahead": made(keys, issued_at=AT + 60 * SECOND),
        "sixty-one seconds ahead": made(keys, issued_at=AT + 61 * SECOND),
        "no verdict": made(keys, colour=None, until=None, rule=(0, 0)),
        "no verdict and old": made(keys, colour=None, until=None, issued_at=AT - 61 * SECOND),
        "card on paper": made(keys, kind=CARD, colour=None, until=None, issued_at=AT - timedelta(days=40)),
        "ends this second": made(keys, until=AT),
        "ends in a second": made(keys, until=AT + SECOND),
        "ended and red": made(keys, until=AT - SECOND, colour=Colour.RED),
        "longest name": made(keys, name="阿" + "*" * 30),
        "name cut before half a letter": made(keys, name="阿卜杜拉买买提艾力江"),
        "without name and number": made(keys, name="", number_end=""),
    }


def others(keys: KeyRing) -> dict[str, str]:
    """Texts that were changed after signing, and what is no pass."""
    green = made(keys)
    return {
        "person turned": turned(green, 5),
        "time turned": turned(green, 21),
        "colour turned": turned(green, 26, by=2),
        "name turned": turned(green, 34, by=2),
        "signature turned": turned(green, -1),
        "of a key that nobody has": turned(green, 1, by=64),
        "unknown kind": turned(green, 0, by=4),
        "unknown colour": turned(green, 26, by=4),
        "small letters": green.lower(),
        "padded": green + "=" * (-len(green) % 8),
        "something behind": green + "AAAAAAAA",
        "cut short": green[:-8],
        "written otherwise": green[:-1] + chr(ord(green[-1]) + 1),
        "empty": "",
        "an address": "https://example.org/v/ABCDEFGH",
        "a number": "440301199001011234",
    }


def case(name: str, text: str, public: dict[int, bytes]) -> dict[str, Any]:
    """What a gate says of it, as the file holds it."""
    verdict, shown = judged(text, public, AT)
    return {"name": name, "text": text, "verdict": verdict.value, "pass": shown and written(shown)}


def written(shown: LivePass) -> dict[str, Any]:
    """What stands in a pass, JSON-ready."""
    return {
        "kind": shown.kind,
        "person_id": str(shown.person_id),
        "issued_at": int(shown.issued_at.timestamp()),
        "until": int(shown.until.timestamp()) if shown.until else 0,
        "colour": shown.colour.value if shown.colour else None,
        "rule": list(shown.rule),
        "name": shown.name,
        "number_end": shown.number_end,
    }


def main() -> None:
    """Write the file."""
    keys, foreign = KeyRing.generate(), KeyRing.generate()
    named = {"of the key before": made(keys), "of another installation": made(foreign)}
    keys.add_sealing_key()
    public = pass_keys(keys)
    named |= ours(keys) | others(keys)
    document = {
        "at": AT.isoformat(),
        "pass_keys": [{"id": id_, "public": b64u(point)} for id_, point in public.items()],
        "cases": [case(name, text, public) for name, text in named.items()],
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def b64u(blob: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(blob).decode().rstrip("=")


if __name__ == "__main__":
    main()
