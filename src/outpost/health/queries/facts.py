"""Reads of health facts. Whose facts an actor may see is the caller's to decide, by the staff in reach."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Least
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, flag, flag_in_words, last_act
from outpost.core.actor import Actor
from outpost.core.clock import local_day, zone
from outpost.core.db import rows_of
from outpost.health import passes, rules
from outpost.health.actions import SEE_FACTS
from outpost.health.models import Declaration, LatestSamples, Product, RiskArea, TestRecord, Vaccination
from outpost.health.queries import rule_sets
from outpost.health.queries.pass_reading import FACTS
from outpost.health.queries.questions import in_words
from outpost.people.documents import BY_DOCUMENT, LINKED_PEOPLE

SEE = SEE_FACTS
OWN_DAYS = timedelta(days=14)
MOST_SOURCES = 200  # more of them have no spelling of their own

PRODUCT_NAMES = {
    "name": _("Name"),
    "name_en": _("Name in English"),
    "synonyms": _("Other names"),
    "doses": _("Doses of the primary series"),
    "least_days": _("Least days between doses"),
    "booster_after_days": _("Days until the booster"),
    "is_active": _("In use"),
}
"""What is edited of a vaccine, as its form calls it."""

_DOSES_OF = f"""SELECT d.person_id, v.given_on, v.dose, v.product_id
  FROM ({BY_DOCUMENT}) d JOIN health_vaccination v ON v.person_id = d.document_id
 WHERE NOT v.is_withdrawn AND v.given_on <= %s"""
_LAST_OF = f"""SELECT d.person_id, max(s.sampled_at[1])
  FROM ({BY_DOCUMENT}) d JOIN health_latestsamples s ON s.person_id = d.document_id GROUP BY d.person_id"""


@dataclass(frozen=True, slots=True)
class TestRow:
    """One sample as a page shows it, with all `sources` that report it; of their results the latest. Times in UTC."""

    source: str
    record_id: str
    sampled_at: datetime
    result_at: datetime | None
    result: rules.TestResult
    laboratory: str
    sampling_point: str
    tube: str
    is_withdrawn: bool
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VaccinationRow:
    """One vaccination record as a page shows it; `product` in both languages."""

    source: str
    record_id: str
    product: str
    product_en: str
    dose: int
    given_on: date
    site: str
    is_withdrawn: bool


def tests_of(person_id: UUID, span: tuple[datetime, datetime], *, actor: Actor) -> list[TestRow]:
    """The samples of one person in the half-open span, under all their documents, the newest first, withdrawn records
    each as one.

    The caller has checked that the actor may see this person. Raises Refusal 403.
    """
    actor.require(SEE)
    records = TestRecord.objects.filter(
        person_id__in=_documents(person_id), sampled_at__gte=span[0], sampled_at__lt=span[1]
    ).order_by("sampled_at", "source", "record_id")
    counted = [row for row in records if not row.is_withdrawn]
    reports = [rules.Report(row.sampled_at, row.tube) for row in counted]
    samples = [[counted[place] for place in group] for group in rules.one_sample(reports, zone())]
    samples += [[row] for row in records if row.is_withdrawn]
    return sorted((_sample(one) for one in samples), key=lambda row: row.sampled_at, reverse=True)


def latest_positive(person_id: UUID) -> TestRecord | None:
    """The record of the last positive sample of a person, under all their documents; none that was withdrawn.

    The caller has checked that the actor may see this person.
    """
    found = _positives().filter(person_id__in=_documents(person_id))
    return found.order_by("-sampled_at", "source", "record_id").first()


def is_positive(source: str, record_id: str) -> bool:
    """Whether this record says that somebody is positive, and was not withdrawn."""
    return _positives().filter(source=source, record_id=record_id).exists()


def _positives() -> QuerySet[TestRecord]:
    return TestRecord.objects.filter(result=rules.TestResult.POSITIVE, is_withdrawn=False)


def _documents(person_id: UUID) -> RawSQL:
    return RawSQL(f"SELECT document_id FROM ({BY_DOCUMENT}) d", [[person_id]])  # noqa: S611 - a statement of ours


def _sample(records: Sequence[TestRecord]) -> TestRow:
    """One sample from the records that report it, the earliest first."""
    told = max(
        records, key=lambda row: (row.result != rules.TestResult.PENDING, row.result_at or row.sampled_at)
    )
    first = records[0]
    return TestRow(
        source=told.source,
        record_id=told.record_id,
        sampled_at=first.sampled_at,
        result_at=told.result_at,
        result=rules.TestResult(told.result),
        laboratory=told.laboratory,
        sampling_point=told.sampling_point or first.sampling_point,
        tube=told.tube or first.tube,
        is_withdrawn=told.is_withdrawn,
        sources=tuple(dict.fromkeys(row.source for row in records)),
    )


def vaccinations_of(person_id: UUID, *, actor: Actor) -> list[VaccinationRow]:
    """The vaccination records of one person by dose number, under all their documents, withdrawn ones too.

    The caller has checked that the actor may see this person. Raises Refusal 403.
    """
    actor.require(SEE)
    rows = (
        Vaccination.objects.filter(person_id__in=_documents(person_id))
        .select_related("product")
        .order_by("dose", "given_on", "source", "record_id")
    )
    return [
        VaccinationRow(
            source=row.source,
            record_id=row.record_id,
            product=row.product.name,
            product_en=row.product.name_en or row.product.name,
            dose=row.dose,
            given_on=row.given_on,
            site=row.site,
            is_withdrawn=row.is_withdrawn,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class DoseStanding:
    """`given`: the highest dose on record, 0 without any; `due`: the dose that may be given now, 0 for none."""

    given: int
    due: int


UNVACCINATED = DoseStanding(given=0, due=1)


def dose_standings(person_ids: Collection[UUID], *, on: date) -> dict[UUID, DoseStanding]:
    """Where people stand with their doses on a day, for the rows of a list that the caller may show."""
    given: dict[UUID, list[rules.DoseGiven]] = {person_id: [] for person_id in person_ids}
    for person_id, day, dose, product in rows_of(_DOSES_OF, [list(given), on]):
        given[person_id].append(rules.DoseGiven(given_on=day, dose=dose, product=product))
    known = {product.code: product for product in products()}
    return {person_id: _standing(tuple(doses), on, known) for person_id, doses in given.items()}


def _standing(
    doses: tuple[rules.DoseGiven, ...], on: date, known: Mapping[str, rules.Product]
) -> DoseStanding:
    states = rules.dose_states(rules.VaccinationHistory(doses), on, known)
    due = (n for n, state in enumerate(states, 1) if state.status is rules.DoseStatus.ELIGIBLE)
    return DoseStanding(max((one.dose for one in doses), default=0), next(due, 0))


def dose_given(on: date) -> Case:
    """The highest dose on record of the row's `person_id`, null without any: to filter a list by."""
    of_linked = _of_linked(on, lambda standing: standing.given or None)
    return Case(*of_linked, default=Subquery(_deciding(on).values("dose")[:1]), output_field=IntegerField())


def _of_linked(on: date, fact: Callable[[DoseStanding], int | None]) -> list[When]:
    """What those few come to who have several documents, for a case over everybody."""
    people: dict[int | None, list[UUID]] = {}
    linked = [person_id for (person_id,) in rows_of(LINKED_PEOPLE)]
    for person_id, standing in dose_standings(linked, on=on).items() if linked else ():
        people.setdefault(fact(standing), []).append(person_id)
    return [When(person_id__in=some, then=Value(value)) for value, some in people.items()]


def dose_due(on: date) -> Case:
    """The dose that may be given on a day to the row's `person_id`, 0 for none: to filter a list by.

    The twin of `rules.dose_states`, held against it by a test.
    """
    second = Q(dose=1, product__doses__gte=2, product__least_days__lte=_days_since(on))
    after = When(product__doses=3, then=F("product__least_days"))
    third = Q(dose__gte=Least(F("product__doses"), 2), dose__lte=2) & Q(
        interval__lte=_days_since(on), interval__isnull=False
    )
    deciding = _deciding(on).annotate(interval=Case(after, default=F("product__booster_after_days")))
    due = deciding.annotate(due=Case(When(second, then=2), When(third, then=3), default=0))
    of_linked = _of_linked(on, lambda standing: standing.due)
    return Case(*of_linked, When(Exists(_deciding(on)), then=Subquery(due.values("due")[:1])), default=1)


def _deciding(on: date) -> QuerySet[Vaccination]:
    """The record of the outer row's person that decides: the last by dose, day and product."""
    mine = Vaccination.objects.filter(person_id=OuterRef("person_id"), is_withdrawn=False, given_on__lte=on)
    return mine.order_by("-dose", "-given_on", "-product_id")


def _days_since(on: date) -> Func:
    """Days from the dose to the day asked about; PostgreSQL subtracts dates into an integer."""
    return Func(
        Value(on),
        F("given_on"),
        template="(%(expressions)s)",
        arg_joiner=" - ",
        output_field=IntegerField(),
    )


def last_samples(person_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The latest sampling time of each person who has one, for the rows of a list that the caller may show."""
    return dict(rows_of(_LAST_OF, [list(person_ids)]))


def names_of_sampled(person_ids: Collection[UUID]) -> dict[UUID, set[bytes]]:
    """The hashes of the names under which the records of each person came who has a sample."""
    rows = LatestSamples.objects.filter(person_id__in=list(person_ids))
    return {
        person_id: set(map(bytes, hashes))
        for person_id, hashes in rows.values_list("person_id", "name_hashes")
    }


def sources(table: type[TestRecord] | type[Vaccination] | type[Declaration]) -> dict[str, str]:
    """How sources are spelt in the records, by their names in small letters: what came before these did not matter
    keeps its spelling. One step along the index for each."""
    found: dict[str, str] = {}
    last = ""
    while len(found) < MOST_SOURCES:
        last = table.objects.filter(source__gt=last).aggregate(first=Min("source"))["first"]
        if last is None:
            break
        found.setdefault(last.casefold(), last)
    return found


def product_rows() -> list[Product]:
    """All vaccines for the page that edits them, those in use first."""
    return list(Product.objects.order_by("-is_active", "name"))


def edited_product(row: Product) -> Edited:
    """What a form shows of a vaccine."""
    stated = {
        "name": row.name,
        "name_en": row.name_en,
        "synonyms": "、".join(row.synonyms),
        "doses": str(row.doses),
        "least_days": str(row.least_days),
        "booster_after_days": "" if row.booster_after_days is None else str(row.booster_after_days),
        "is_active": flag(row.is_active),
    }
    last = last_act(row.code, "health.product_changed")
    return Edited(row.code, stated, last, PRODUCT_NAMES, {"is_active": flag_in_words})


def products(*, active_only: bool = False) -> list[rules.Product]:
    """The vaccines as the rules take them; a record may name one that is no longer in use."""
    rows = Product.objects.filter(is_active=True) if active_only else Product.objects.all()
    return [product_of(row) for row in rows.order_by("code")]


def product_of(row: Product) -> rules.Product:
    """One vaccine as the rules take it."""
    return rules.Product(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        doses=row.doses,
        least_days=row.least_days,
        booster_after_days=row.booster_after_days,
        synonyms=tuple(row.synonyms),
    )


# --- the pass ---------------------------------------------------------------------------------------------------


def passes_of(person_ids: Collection[UUID], *, at: datetime) -> dict[UUID, passes.Decision]:
    """The pass of each of these people, in one look at their facts. Whom to show it to is the caller's to decide."""
    return passes_by(person_ids, pass_facts_of(person_ids), at=at)


def passes_by(
    person_ids: Collection[UUID], facts: Mapping[UUID, passes.PassFacts], *, at: datetime
) -> dict[UUID, passes.Decision]:
    """The same by facts that were read."""
    return passes.decide_each(person_ids, facts, rule_sets.in_force(at), at)


def pass_facts_of(person_ids: Collection[UUID]) -> dict[UUID, passes.PassFacts]:
    """What is known of those people of whom something is. Whom to tell it to is the caller's to decide."""
    found = rows_of(FACTS, [list(person_ids)])
    return {person_id: passes.PassFacts.of(*columns) for person_id, *columns in found}


def declared_until(person_id: UUID, *, since: datetime | None, at: datetime) -> datetime | None:
    """Until when a person needs not be asked for a declaration; None when the rules that hold ask for one now. `since`:
    see `own_declarations`, so that nobody learns what others know of a number that they stated."""
    if since is None:
        found = rows_of(FACTS, [[person_id]])
        declared_at = passes.PassFacts.of(*found[0][1:]).declared_at if found else None
    else:
        declared_at = _own(person_id, rules.STATED, since).aggregate(last=Max("declared_at"))["last"]
    return passes.declared_until(declared_at, rule_sets.in_force(at), at)


def risk_areas() -> list[RiskArea]:
    """All risk areas, those that hold first, the newest of each first."""
    return list(RiskArea.objects.order_by(F("ends_on").desc(nulls_first=True), "-begins_on", "name"))


def areas_named(texts: Iterable[str], *, on: date) -> list[rules.Area]:
    """The risk areas of a day that declared travel names: to mark it by."""
    areas = (rules.Area(a.name, rules.RiskLevel(a.level), a.begins_on, a.ends_on) for a in risk_areas())
    return rules.areas_named(texts, areas, on)


@dataclass(frozen=True, slots=True)
class OwnDeclaration:
    """What somebody declared, as their own page shows it; `areas`: the risk areas that their travel names."""

    declared_at: datetime
    symptoms: str
    was_in_risk_area: bool
    travel: str
    areas: list[rules.Area]
    answers: list[tuple[str | Promise, str]]


def own_declarations(person_id: UUID, *, since: datetime | None, at: datetime) -> list[OwnDeclaration]:
    """What was declared for a person of the last 14 days, the last first. `since`: from when on an account whose card
    nobody has seen may know; what only such accounts stated is theirs alone."""
    source, first = (rules.OWN, at - OWN_DAYS) if since is None else (rules.STATED, max(since, at - OWN_DAYS))
    language, on = get_language(), local_day(at)
    rows = list(_own(person_id, source, first).order_by("-declared_at"))
    answered = in_words(row.answers for row in rows)
    return [
        OwnDeclaration(
            row.declared_at,
            "、".join(rules.symptom_label(one, language) for one in row.symptoms or ()),
            bool(row.was_in_risk_area),
            row.stopovers,
            areas_named([row.stopovers], on=on),
            answers,
        )
        for row, answers in zip(rows, answered, strict=True)
    ]


def _own(person_id: UUID, source: str, first: datetime) -> QuerySet[Declaration]:
    """What was declared for a person by this source from an instant on."""
    return Declaration.objects.filter(person_id=person_id, source=source, declared_at__gte=first)
