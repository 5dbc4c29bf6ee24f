"""Daily health 每日健康: what a report may state, and what several of one day amount to. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from outpost.core.errors import Refusal
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.health import errors
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, NO_SYMPTOMS

UNWELL_FROM = Decimal("37.3")
"""Degrees Celsius: from it on a report is abnormal."""
RECHECK = timedelta(minutes=15)
"""A reading taken sooner after an abnormal one takes nothing back."""
_TENTH = Decimal("0.1")


class DailySymptom(Vocabulary):
    """What is asked every day; the value is the word that files write."""

    FEVER = Word("发热", "发热", "Fever", synonyms=("发烧",))
    COUGH = Word("咳嗽", "咳嗽", "Cough")
    NOSE = Word("流涕", "流涕", "Runny nose", synonyms=("流鼻涕",))
    THROAT = Word("咽痛", "咽痛", "Sore throat", synonyms=("咽喉痛", "喉咙痛"))
    CHEST = Word("胸痛", "胸痛", "Chest pain")
    ACHES = Word(
        "肌肉酸痛/关节痛", "肌肉酸痛/关节痛", "Aching muscles or joints", synonyms=("肌肉酸痛", "关节痛")
    )
    BREATH = Word("气促", "气促", "Short of breath", synonyms=("呼吸急促", "气短"))
    DIARRHOEA = Word("腹泻", "腹泻", "Diarrhoea")


_KNOWN = {name.casefold(): one.value for one in DailySymptom for name in one.names}
_NONE = NO_SYMPTOMS | {"无上述异常症状"}


class Wellness(Vocabulary):
    """What the reports of a day amount to."""

    NORMAL = Word("normal", "正常", "Normal", Tone.GOOD)
    ABNORMAL = Word("abnormal", "异常", "Abnormal", Tone.BAD)
    MISSING = Word("missing", "未报", "No report", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: when, the temperature (None: not measured), the symptoms (none: said to be without)."""

    reported_at: datetime
    temperature: Decimal | None
    symptoms: Sequence[str] = ()

    @property
    def is_abnormal(self) -> bool:
        return bool(self.symptoms) or (self.temperature is not None and self.temperature >= UNWELL_FROM)


def wellness(reports: Iterable[Report]) -> Wellness:
    """What the reports of one day amount to: an abnormal one stands until a normal one that was taken later than
    `RECHECK` after it. All of them are kept."""
    found = list(reports)
    if not found:
        return Wellness.MISSING
    normal = [one.reported_at for one in found if not one.is_abnormal]
    stands = (one.is_abnormal and not any(at >= one.reported_at + RECHECK for at in normal) for one in found)
    return Wellness.ABNORMAL if any(stands) else Wellness.NORMAL


def read_temperature(text: str) -> Decimal | None:
    """A temperature as typed; None where nothing is: it was not measured. Nothing is corrected in silence: what was
    probably meant is proposed.

    Raises Refusal: TEMPERATURE_NOT_READ, TEMPERATURE_PROPOSED, TEMPERATURE.
    """
    typed = "".join(text.split()).removesuffix("℃").removesuffix("°C").replace(",", ".").replace("，", ".")
    if not typed:
        return None
    try:
        degrees = Decimal(typed)
    except InvalidOperation:
        raise Refusal(errors.TEMPERATURE_NOT_READ, found=text) from None
    if not degrees.is_finite() or degrees.copy_abs() >= 10_000:
        raise Refusal(errors.TEMPERATURE_NOT_READ, found=text)
    if LOWEST_TEMPERATURE <= degrees <= HIGHEST_TEMPERATURE:
        if degrees != degrees.quantize(_TENTH):
            raise Refusal(errors.TEMPERATURE_NOT_READ, found=text)
        return degrees.quantize(_TENTH)
    for meant in (degrees * 10, degrees / 10, (degrees - 32) * 5 / 9):
        if LOWEST_TEMPERATURE <= meant <= HIGHEST_TEMPERATURE:
            raise Refusal(errors.TEMPERATURE_PROPOSED, found=text, proposed=meant.quantize(_TENTH))
    raise Refusal(errors.TEMPERATURE, lowest=LOWEST_TEMPERATURE, highest=HIGHEST_TEMPERATURE)


def read_symptoms(text: str) -> tuple[str, ...]:
    """The symptoms of a cell, split by 、 and its like, in the order in which they are asked; none where it says so.

    Raises Refusal: SYMPTOM_UNKNOWN, NONE_AND_SOME.
    """
    parts = [part for one in re.split(r"[、,，;；]", text) if (part := one.strip())]
    named = [part for part in parts if part.casefold() not in _NONE]
    if named and len(named) < len(parts):
        raise Refusal(errors.NONE_AND_SOME)
    for part in named:
        if part.casefold() not in _KNOWN:
            raise Refusal(
                errors.SYMPTOM_UNKNOWN, found=part, known="、".join(one.label for one in DailySymptom)
            )
    found = {_KNOWN[part.casefold()] for part in named}
    return tuple(one.value for one in DailySymptom if one.value in found)
