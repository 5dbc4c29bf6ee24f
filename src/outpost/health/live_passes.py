"""The text of a pass that a gate reads offline: who, which colour by which rule, made when, signed. Pure apart from the
key ring, which is always an argument.

It is made anew every half minute and shows less than a card: a masked name, the last signs of the document. What it
proves is its own moment: an older one is a picture, whoever shows it, and changes nobody's status
(docs/adr/0032-live-passes-and-inspectors.md).
"""

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from outpost.core.crypto import KeyRing
from outpost.core.curve import SIGNATURE, is_signed, private_key, public_point, signature
from outpost.core.packing import cut, short
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.health.conditions import Colour
from outpost.health.passes import Decision, RuleSet

LASTS = timedelta(seconds=60)
"""How old a live pass may be, and how far ahead of the gate's clock."""
LIVE, CARD = 1, 2
LONGEST_NAME = 24
"""Bytes."""
LONGEST_NUMBER_END = 4
_KEY = "health.pass"
_COLOURS = (Colour.GREEN, Colour.YELLOW, Colour.RED)
_NO_VERDICT = 255
_HEAD = struct.Struct(">BB16sIIBHB")


class Verdict(Vocabulary):
    """What a gate says of a text that was scanned; the first that applies. Its own trouble stands first."""

    NOT_READY = Word("not_ready", "设备未就绪", "The device is not ready", Tone.WARNING)
    TOO_OLD = Word("too_old", "设备过久未同步", "The device has not synced for too long", Tone.WARNING)
    CLOCK = Word("clock", "设备时钟不准", "The device's clock is wrong", Tone.WARNING)
    NOT_A_PASS = Word("not_a_pass", "不是通行码", "No pass", Tone.WARNING)
    UNKNOWN_KEY = Word("unknown_key", "无法核验：密钥未知", "Cannot be verified: unknown key", Tone.WARNING)
    FORGED = Word("forged", "伪造的通行码", "Forged pass", Tone.BAD)
    FUTURE = Word("future", "通行码时间超前", "Pass from the future", Tone.WARNING)
    PICTURE = Word("picture", "截图或过期画面", "A picture, not a live pass", Tone.WARNING)
    LOOK = Word("look", "请查看证件", "Look at the document", Tone.WARNING)
    ENDED = Word("ended", "结论已到期", "Its time has ended", Tone.WARNING)
    RED = Word("red", "红码", "Red pass", Tone.BAD)
    YELLOW = Word("yellow", "黄码", "Yellow pass", Tone.WARNING)
    GREEN = Word("green", "绿码", "Green pass", Tone.GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePass:
    """What stands in a pass. `colour` None: nobody has seen this holder's card, or it is a card on paper.

    `rule`: the version of the rule set and the place in it of the rule that decided. `until`: whole seconds, like
    `issued_at`; None for no end.
    """

    kind: int
    person_id: UUID
    issued_at: datetime
    name: str
    number_end: str
    colour: Colour | None = None
    until: datetime | None = None
    rule: tuple[int, int] = (0, 0)

    def decided(self, decision: Decision, rules: RuleSet) -> Self:
        """The same with the verdict of a rule set."""
        rule = (rules.version, rules.rules.index(decision.rule))
        return replace(self, colour=decision.colour, until=decision.until, rule=rule)


def pass_keys(keys: KeyRing) -> dict[int, bytes]:
    """The public points by which passes are verified, by the number that a pass carries; the newest last."""
    return {version % 256: public_point(private_key(keys, _KEY, version)) for version in keys.versions}


def pass_text(keys: KeyRing, shown: LivePass) -> str:
    """The signed text: capital letters and digits, which a QR code holds most densely."""
    version = keys.newest
    colour = _NO_VERDICT if shown.colour is None else _COLOURS.index(shown.colour)
    head = _HEAD.pack(
        shown.kind,
        version % 256,
        shown.person_id.bytes,
        _seconds(shown.issued_at),
        _seconds(shown.until),
        colour,
        *shown.rule,
    )
    content = head + short(shown.name, LONGEST_NAME) + short(shown.number_end, LONGEST_NUMBER_END)
    return _letters(content + signature(private_key(keys, _KEY, version), content))


def judged(text: str, public: Mapping[int, bytes], at: datetime) -> tuple[Verdict, LivePass | None]:
    """What a gate says of a scanned text at an instant, and what stands in it; None where it is not ours."""
    blob = _bytes(text)
    shown = _read(blob)
    if shown is None:
        return Verdict.NOT_A_PASS, None
    key = public.get(blob[1])
    if key is None:
        return Verdict.UNKNOWN_KEY, None
    if not is_signed(key, blob[-SIGNATURE:], blob[:-SIGNATURE]):
        return Verdict.FORGED, None
    return _timed(shown, at), shown


def _timed(shown: LivePass, at: datetime) -> Verdict:
    """The verdict of a pass that is ours. A card on paper has no moment of its own, so it is never a picture."""
    age = at - shown.issued_at
    if -age > LASTS:
        return Verdict.FUTURE
    if shown.kind == LIVE and age > LASTS:
        return Verdict.PICTURE
    if shown.kind == CARD or shown.colour is None:
        return Verdict.LOOK
    if shown.until is not None and shown.until <= at:
        return Verdict.ENDED
    return Verdict(shown.colour.value)


def _read(blob: bytes) -> LivePass | None:
    """What stands in these bytes, signed by whomever; None for what is no pass."""
    if len(blob) < _HEAD.size + 2 + SIGNATURE:
        return None
    kind, _key, person, issued, until, colour, version, position = _HEAD.unpack_from(blob)
    name, rest = cut(blob[_HEAD.size : -SIGNATURE])
    number_end, rest = cut(rest)
    if name is None or number_end is None or rest or not number_end.isascii():
        return None
    if kind not in {LIVE, CARD} or colour not in {*range(len(_COLOURS)), _NO_VERDICT}:
        return None
    return LivePass(
        kind=kind,
        person_id=UUID(bytes=person),
        issued_at=datetime.fromtimestamp(issued, UTC),
        name=name,
        number_end=number_end,
        colour=None if colour == _NO_VERDICT else _COLOURS[colour],
        until=datetime.fromtimestamp(until, UTC) if until else None,
        rule=(version, position),
    )


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant is not None else 0


def _letters(blob: bytes) -> str:
    return base64.b32encode(blob).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """The bytes of a text; none for one that could be written otherwise."""
    try:
        blob = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return b""
    return blob if _letters(blob) == text else b""
