"""Daily health 每日健康: what a report may state, and what several of one day amount to. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from outpost.core.errors import Problem, Refusal
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.health import errors
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, NO_SYMPTOMS

UNWELL_FROM = Decimal("37.3")
"""Degrees Celsius: from it on a report is abnormal."""
FAILED_BELOW = Decimal("35.0")
"""Degrees Celsius: a reading below it says nothing of the person; it is kept and taken again."""
RECHECK = timedelta(minutes=15)
"""A reading taken sooner after an abnormal one takes nothing back."""
STANDS = timedelta(hours=48)
"""So long a fever asks for the better method, over midnight too; after it any normal reading takes it back."""
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


class Method(Vocabulary):
    """How a temperature was taken; where nobody said, at the forehead."""

    FOREHEAD = Word("forehead", "额温", "Forehead", synonyms=("额温枪",))
    EAR = Word("ear", "耳温", "Ear")
    ARMPIT = Word("armpit", "腋温", "Armpit", synonyms=("腋下",))


def method_label(method: str) -> str:
    """The words of a stored method, none where nobody said."""
    return Method(method).label if method else ""


class Wellness(Vocabulary):
    """What the reports of a day amount to."""

    NORMAL = Word("normal", "正常", "Normal", Tone.GOOD)
    ABNORMAL = Word("abnormal", "异常", "Abnormal", Tone.BAD)
    FAILED = Word("failed", "须重测", "Measure again", Tone.WARNING)
    MISSING = Word("missing", "未报", "No report", Tone.WARNING)


def is_fever(degrees: Decimal | None) -> bool:
    """Whether a reading is abnormal."""
    return degrees is not None and degrees >= UNWELL_FROM


def is_failed(degrees: Decimal | None) -> bool:
    """Whether a reading is so low that the measurement failed: cold skin, a thermometer held too far away."""
    return degrees is not None and degrees < FAILED_BELOW


@dataclass(frozen=True, slots=True)
class Report:
    """One report: when, the temperature (None: not measured), the symptoms (none: said to be without), how it was
    taken, whether both were asked and contradict each other."""

    reported_at: datetime
    temperature: Decimal | None
    symptoms: Sequence[str] = ()
    method: str = ""
    is_contradictory: bool = False

    @property
    def is_abnormal(self) -> bool:
        return bool(self.symptoms) or is_fever(self.temperature)

    @property
    def says_fever(self) -> bool:
        """Measured, or only said: then nobody knows how high."""
        return is_fever(self.temperature) or DailySymptom.FEVER in self.symptoms

    @property
    def is_failed(self) -> bool:
        return is_failed(self.temperature)

    @property
    def method_label(self) -> str:
        return method_label(self.method)

    @property
    def is_normal(self) -> bool:
        """Whether somebody is well by it: a failed measurement says so of nobody."""
        return not self.is_abnormal and not self.is_failed


def contradiction(degrees: Decimal | None, symptoms: Collection[str]) -> Problem | None:
    """What temperature and symptoms, both stated, say against each other. A failed measurement says nothing."""
    if degrees is None or is_failed(degrees) or is_fever(degrees) is (DailySymptom.FEVER in symptoms):
        return None
    return errors.FEVER_NOT_SAID if is_fever(degrees) else errors.FEVER_NOT_MEASURED


def is_better(method: str, than: str) -> bool:
    """Whether a reading taken so may take back one taken otherwise: another method, and not that of the forehead."""
    return method not in {"", Method.FOREHEAD, than}


def takes_back(later: Report, earlier: Report) -> bool:
    """Whether a report ends what an earlier abnormal one says: a normal one, long enough after it; a fever, measured or
    said, needs a reading by another method, and the forehead's is the weakest, or one of two days later."""
    if not later.is_normal or later.reported_at < earlier.reported_at + RECHECK:
        return False
    if not earlier.says_fever:
        return True
    is_late = later.reported_at >= earlier.reported_at + STANDS
    return later.temperature is not None and (is_late or is_better(later.method, earlier.method))


def standing(reports: Iterable[Report], before: Sequence[Report] = ()) -> list[Report]:
    """The abnormal ones that no later report takes back; `before`: those of the days before, of which a fever alone
    stands over midnight."""
    found, fevers = list(reports), [one for one in before if one.says_fever]
    later = [*before, *found]
    abnormal = [*fevers, *(one for one in found if one.is_abnormal)]
    return [one for one in abnormal if not any(takes_back(two, one) for two in later)]


def recheck_from(reports: Iterable[Report], before: Sequence[Report] = ()) -> datetime | None:
    """From when a fever that stands may be measured again; None without one."""
    fevers = (one.reported_at + RECHECK for one in standing(reports, before) if one.says_fever)
    return max(fevers, default=None)


def wellness(reports: Iterable[Report], before: Sequence[Report] = ()) -> Wellness:
    """What the reports of one day amount to: an abnormal one stands until one takes it back, a fever of the days
    before, too, a failed one until somebody is measured. All of them are kept. Who was not reported is missing,
    whatever was before."""
    found = list(reports)
    if not found:
        return Wellness.MISSING
    if standing(found, before):
        return Wellness.ABNORMAL
    read = [one for one in found if one.temperature is not None]
    latest = max(read, key=lambda one: one.reported_at, default=None)
    return Wellness.FAILED if latest is not None and latest.is_failed else Wellness.NORMAL


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
            known = _(", ").join(one.label for one in DailySymptom)
            raise Refusal(errors.SYMPTOM_UNKNOWN, found=part, known=known)
    found = {_KNOWN[part.casefold()] for part in named}
    return tuple(one.value for one in DailySymptom if one.value in found)
