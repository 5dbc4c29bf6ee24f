"""Rules about facts of health: what a test result may be, what a disposition and a declaration say, which dose is due.

Pure.

Doses are the three columns of the coverage tables, and a record counts in the column of its own dose number:
- A later dose proves the earlier ones: with a third on record the first and second count as given, with a
  second the first. Doses that are counted only so are marked (`is_done_by_later`).
- The first is eligible for whoever has no record at all; so eligible and done make up all staff.
- The second follows the first dose, where the product's primary series has two doses or more; it is due after
  the product's least interval.
- The third follows the second dose, or a primary series of one dose: its booster stands in this column. Where
  the series has three doses it is due after the least interval, else it is the booster and due when the
  product says; a product without a booster calls for none.
- With mixed products the product given last decides what comes next and when. Of several records of one dose
  number the latest day counts, so that nobody is called too early.
- Records of a day after the day asked about are not yet known on it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from outpost.access.rules import SOURCE
from outpost.core.actor import Reach
from outpost.core.vocabulary import Tone, Vocabulary, Word
from outpost.regions.rules import REGION, normal_name

DOSES = (1, 2, 3)
LATEST_KEPT = 16
"""How many of a person's latest sampling times are kept apart: a fortnight of daily tests, and the largest `least
tests` a rule may ask for fast. Another number needs a migration like health 0003."""


class TestResult(Vocabulary):
    """The result of a nucleic acid test; the value stands in the database."""

    NEGATIVE = Word("negative", "阴性", "Negative", Tone.GOOD, ("阴",))
    POSITIVE = Word("positive", "阳性", "Positive", Tone.BAD, ("阳",))
    INCONCLUSIVE = Word("inconclusive", "可疑", "Inconclusive", Tone.WARNING, ("疑似",))
    PENDING = Word("pending", "待出", "Pending", Tone.RUNNING, ("检测中",))


class Disposition(Vocabulary):
    """处置方式: what the command decided about a person; the value stands in the database."""

    ADMITTED = Word("admitted", "可进场", "May enter", Tone.GOOD, ("解除隔离", "可入场"))
    ISOLATION = Word("isolation", "需隔离", "To be isolated", Tone.BAD, ("隔离",))
    SUSPECTED = Word("suspected", "疑似", "Suspected case", Tone.BAD, ("疑似病例",))
    CONFIRMED = Word("confirmed", "确诊", "Confirmed case", Tone.BAD, ("确诊病例",))


class Ground(Vocabulary):
    """依据类别: why the command may hold somebody, a closed list; the value stands in the database. `STATED` is of rows
    from before the list and of whoever may enter: their own text says it. Nobody is held on it any more."""

    CONTACT = Word("contact", "密切接触", "Close contact of a case", Tone.NEUTRAL, ("密接",))
    VENUE = Word(
        "venue", "与病例同时空", "Same place and time as a case", Tone.NEUTRAL, ("时空伴随", "同场所")
    )
    ARRIVAL = Word("arrival", "风险地区来返", "Came from a risk area", Tone.NEUTRAL, ("风险地区", "来返人员"))
    POSITIVE = Word("positive", "核酸阳性", "Positive test", Tone.NEUTRAL, ("阳性",))
    SYMPTOMS = Word("symptoms", "发热等症状", "Fever or other symptoms", Tone.NEUTRAL, ("发热", "症状"))
    DIAGNOSIS = Word(
        "diagnosis", "医疗机构诊断", "Diagnosed by a hospital", Tone.NEUTRAL, ("诊断", "医院诊断")
    )
    STATED = Word("stated", "其他（见原文）", "Other, as stated")

    def with_text(self, text: str) -> str:
        """The ground in the reader's language, before what was written of it."""
        return text if self is Ground.STATED else f"{self.label} · {text}"


HELD_ON = tuple(one for one in Ground if one is not Ground.STATED)
"""On which of them somebody may be held."""


class ProposalOutcome(Vocabulary):
    """What became of a proposed disposition; the value stands in the database."""

    CONFIRMED = Word("confirmed", "已确认", "Confirmed", Tone.GOOD)
    DROPPED = Word("dropped", "不采纳", "Dropped")
    WITHDRAWN = Word("withdrawn", "生效前撤销", "Taken back before it began")


class RiskLevel(Vocabulary):
    """How a risk area is classed; the value stands in the database."""

    HIGH = Word("high", "高风险", "High risk", Tone.BAD)
    MEDIUM = Word("medium", "中风险", "Medium risk", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class Area:
    """A risk area 风险地区: what declarations call it, from its first day until the first day on which it is none."""

    name: str
    level: RiskLevel
    begins_on: date
    ends_on: date | None = None

    def holds(self, on: date) -> bool:
        return self.begins_on <= on and (self.ends_on is None or on < self.ends_on)


def areas_named(texts: Iterable[str], areas: Iterable[Area], on: date) -> list[Area]:
    """The areas that hold on a day and are named in what somebody declared of their travel, the highest risk first."""
    said = [normal_name(text) for text in texts]
    found = [
        area for area in areas if area.holds(on) and any(normal_name(area.name) in text for text in said)
    ]
    return sorted(found, key=lambda area: (area.level is not RiskLevel.HIGH, area.name))


class ExposureKind(Vocabulary):
    """How somebody was exposed; the value stands in the database."""

    VENUE = Word("venue", "同场所", "Same venue")
    CONTACT = Word("contact", "密切接触", "Close contact")


class Outcome(Vocabulary):
    """How an objection to a pass was answered; the value stands in the database."""

    CORRECTED = Word("corrected", "已更正记录", "Record corrected", Tone.GOOD)
    STANDS = Word("stands", "记录无误，维持", "The record stands", Tone.NEUTRAL)


LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = Decimal("34.0"), Decimal("43.0")
FEVER_ABOVE = Decimal("37.3")
"""Degrees Celsius; above it somebody has a symptom, whatever else they say."""
OWN, STATED = "self", "self-stated"
"""The sources of what people declare by their own account, whose card an officer has seen, or not. The second counts
for no pass: who only stated somebody's number would change theirs. No file may name either."""
OWN_SOURCES = frozenset({OWN, STATED})


class Symptom(Vocabulary):
    """What a citizen is asked about; files may name others. The value is the word that files write."""

    FEVER = Word("发热", "发热", "Fever")
    COUGH = Word("咳嗽", "咳嗽", "Cough")
    THROAT = Word("咽痛", "咽痛", "Sore throat")
    FATIGUE = Word("乏力", "乏力", "Fatigue")
    TASTE = Word("嗅觉味觉减退", "嗅觉味觉减退", "Loss of smell or taste")
    BREATH = Word("呼吸困难", "呼吸困难", "Short of breath")
    DIARRHOEA = Word("腹泻", "腹泻", "Diarrhoea")


def symptom_label(word: str, language: str | None) -> str:
    """What a symptom is called in a language; one that a file named by itself stays as it is."""
    return Symptom(word).label_in(language) if word in Symptom.codes() else word


NO_SYMPTOMS = frozenset({"无", "没有", "否", "无症状", "无不适", "none", "no"})


def symptoms(text: str) -> list[str]:
    """The symptoms of a text, split by 、 and its like; empty where it says that there are none."""
    parts = (part.strip() for part in re.split(r"[、,，;；/]", text))
    return [part for part in parts if part and part.casefold() not in NO_SYMPTOMS]


@dataclass(frozen=True, slots=True)
class Report:
    """What one record says of a sample of a person: when it was taken, in which tube ("" where it does not say)."""

    sampled_at: datetime
    tube: str = ""


def one_sample(reports: Sequence[Report], zone: tzinfo) -> list[list[int]]:
    """Return which reports of one person (by their places) speak of one sample, the earliest first in each group.

    Those of the same minute do, and those of the same tube on one day of `zone`; barcodes may begin anew some day.
    """
    groups: list[set[int]] = []
    for place, report in enumerate(reports):
        mine = [group for group in groups if any(_are_one(report, reports[other], zone) for other in group)]
        groups = [group for group in groups if group not in mine] + [{place}.union(*mine)]
    return [sorted(group, key=lambda place: (reports[place].sampled_at, place)) for group in groups]


def _are_one(one: Report, other: Report, zone: tzinfo) -> bool:
    if one.sampled_at.replace(second=0, microsecond=0) == other.sampled_at.replace(second=0, microsecond=0):
        return True
    days = [report.sampled_at.astimezone(zone).date() for report in (one, other)]
    return one.tube == other.tube != "" and days[0] == days[1]


@dataclass(frozen=True, slots=True)
class Product:
    """A vaccine: doses of the primary series, least days between them, days to the booster (None: none due).

    `synonyms` are the names by which sources call it.

    Raises ValueError for less than 1 or more than 3 doses or a negative interval.
    """

    code: str
    name: str
    name_en: str
    doses: int
    least_days: int
    booster_after_days: int | None = None
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.doses not in DOSES or self.least_days < 0 or (self.booster_after_days or 0) < 0:
            raise ValueError("a product has 1 to 3 doses and intervals of 0 days or more")

    def days_to(self, dose: int, *, given: int) -> int | None:
        """Return after how many days `dose` follows when `given` doses were given; None: it does not."""
        if dose == 2:
            return self.least_days if given == 1 and self.doses >= 2 else None
        if dose == 3 and min(self.doses, 2) <= given <= 2:
            return self.least_days if self.doses == 3 else self.booster_after_days
        return None


BUILT_IN_PRODUCTS: tuple[Product, ...] = (
    Product(
        "inactivated-vero",
        "新冠病毒灭活疫苗(Vero细胞)",
        "Inactivated vaccine (Vero cell)",
        2,
        21,
        180,
        ("新型冠状病毒灭活疫苗(Vero细胞)",),
    ),
    Product(
        "recombinant-cho",
        "重组新冠病毒疫苗(CHO细胞)",
        "Recombinant vaccine (CHO cell)",
        3,
        28,
        None,
        ("重组新型冠状病毒疫苗(CHO细胞)", "重组新型冠状病毒蛋白疫苗(CHO细胞)"),
    ),
    Product(
        "recombinant-ad5",
        "重组新冠病毒疫苗(5型腺病毒载体)",
        "Recombinant vaccine (Ad5 vector)",
        1,
        0,
        180,
        ("重组新型冠状病毒疫苗(5型腺病毒载体)",),
    ),
)


def sources_within(reach: Reach, *, district: str) -> frozenset[str] | None:
    """The sources for which somebody with this reach may deliver; None: for all.

    Facts have no region, so a region is worth something only where it holds the whole district.
    """
    is_wide = reach.everything or any(district.startswith(code) for code in reach.keys(REGION))
    return None if is_wide else reach.keys(SOURCE)


def find_product(text: str, products: Iterable[Product]) -> Product | None:
    """Return the product of that code, name or synonym, whatever the width of brackets, the case or the spaces."""
    wanted = _folded(text)
    for product in products:
        names = (product.code, product.name, product.name_en, *product.synonyms)
        if wanted in {_folded(name) for name in names if name}:
            return product
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseGiven:
    """One vaccination record: day, dose number (1 or more), the product's code."""

    given_on: date
    dose: int
    product: str


@dataclass(frozen=True, slots=True)
class VaccinationHistory:
    """All vaccination records of one person, in any order."""

    given: tuple[DoseGiven, ...] = ()

    def known(self, on: date) -> tuple[DoseGiven, ...]:
        """Return the records of days up to `on`, ordered by dose number, then day, then product."""
        return tuple(
            sorted(
                (one for one in self.given if one.given_on <= on),
                key=lambda one: (one.dose, one.given_on, one.product),
            )
        )


class DoseStatus(Vocabulary):
    """Where a person stands with one dose.

    On a day the dose applies to ELIGIBLE and DONE; NOT_DUE comes to them with time, NOT_APPLICABLE does not
    unless another dose is given.
    """

    NOT_APPLICABLE = Word("not_applicable", "不适用", "Does not apply")
    NOT_DUE = Word("not_due", "未到接种时间", "Not due yet")
    ELIGIBLE = Word("eligible", "可接种", "May be given now", Tone.WARNING)
    DONE = Word("done", "已接种", "Dose given", Tone.GOOD)


@dataclass(frozen=True, slots=True)
class DoseState:
    """`due_on` is the first day for a dose that is not due or eligible; the first dose has none."""

    status: DoseStatus
    is_done_by_later: bool = False
    due_on: date | None = None


def dose_states(
    history: VaccinationHistory, on: date, products: Mapping[str, Product]
) -> tuple[DoseState, DoseState, DoseState]:
    """Return the state of the first, second and third dose on the day `on`; `products` are keyed by code.

    Raises KeyError when the record that decides names no product of `products`.
    """
    known = history.known(on)
    if not known:
        later = DoseState(DoseStatus.NOT_APPLICABLE)
        return DoseState(DoseStatus.ELIGIBLE), later, later
    numbers = {one.dose for one in known}
    first, second, third = (_dose_state(dose, numbers, known[-1], on, products) for dose in DOSES)
    return first, second, third


def _dose_state(
    dose: int, numbers: set[int], last: DoseGiven, on: date, products: Mapping[str, Product]
) -> DoseState:
    if last.dose >= dose:
        return DoseState(DoseStatus.DONE, is_done_by_later=dose not in numbers)
    days = products[last.product].days_to(dose, given=last.dose)
    if days is None:
        return DoseState(DoseStatus.NOT_APPLICABLE)
    due_on = last.given_on + timedelta(days=days)
    return DoseState(DoseStatus.ELIGIBLE if due_on <= on else DoseStatus.NOT_DUE, due_on=due_on)


def _folded(text: str) -> str:
    """Return `text` for comparison: full width and half width, case and spaces are the same."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
