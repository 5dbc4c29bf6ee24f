"""The signed text of a pass: by the cases that the gate reads, too, and what no change of it gets past."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from outpost.core.crypto import KeyRing
from outpost.health.conditions import NO_FACTS, Colour
from outpost.health.live_passes import LIVE, LivePass, Verdict, judged, pass_keys, pass_text
from outpost.health.passes import BUILT_IN, decide

pytestmark = pytest.mark.rules

CASES = json.loads((Path(__file__).parents[4] / "tests/shared/passes.json").read_text("utf-8"))
AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def live(**said: Any) -> LivePass:
    usual = {"kind": LIVE, "person_id": uuid4(), "issued_at": AT, "name": "张*", "number_end": "1234"}
    return LivePass(**{**usual, **said})


@pytest.mark.promise("V5")
@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_a_gate_says_of_a_text_what_the_shared_case_says(case: dict[str, Any]) -> None:
    public = {one["id"]: unpadded(one["public"]) for one in CASES["pass_keys"]}
    verdict, shown = judged(case["text"], public, datetime.fromisoformat(CASES["at"]))
    assert verdict == case["verdict"]
    assert (shown is None) == (case["pass"] is None)
    if shown is not None:
        stated = case["pass"]
        assert (str(shown.person_id), shown.name) == (stated["person_id"], stated["name"])
        assert (shown.colour, list(shown.rule)) == (stated["colour"], stated["rule"])


def test_every_verdict_of_a_text_has_a_case() -> None:
    of_the_device = {Verdict.NOT_READY, Verdict.TOO_OLD, Verdict.CLOCK}
    assert {case["verdict"] for case in CASES["cases"]} == set(Verdict) - of_the_device


@pytest.mark.promise("V5")
def test_no_bit_can_be_turned_and_no_picture_becomes_live() -> None:
    keys = KeyRing.generate()
    public, text = pass_keys(keys), pass_text(keys, live(colour=Colour.GREEN))
    assert judged(text, public, AT)[0] == Verdict.GREEN
    assert judged(text, public, AT + timedelta(seconds=61))[0] == Verdict.PICTURE
    blob = base64.b32decode(text + "=" * (-len(text) % 8))
    bad = {Verdict.FORGED, Verdict.NOT_A_PASS, Verdict.UNKNOWN_KEY}
    for bit in range(len(blob) * 8):
        turned = bytearray(blob)
        turned[bit // 8] ^= 1 << bit % 8
        changed = base64.b32encode(bytes(turned)).decode().rstrip("=")
        assert judged(changed, public, AT)[0] in bad, bit


def test_a_decision_is_shown_by_its_rule_and_keys_can_be_rotated() -> None:
    keys = KeyRing.generate()
    decision = decide(NO_FACTS, BUILT_IN, AT)
    text = pass_text(keys, live().decided(decision, BUILT_IN))
    keys.add_sealing_key()
    verdict, shown = judged(text, pass_keys(keys), AT)
    assert shown is not None
    assert (verdict, BUILT_IN.rules[shown.rule[1]]) == (Verdict.YELLOW, decision.rule)
    assert list(pass_keys(keys)) == [1, 2]
    assert len({*pass_keys(keys).values(), *pass_keys(KeyRing.generate("gm")).values()}) == 3
