"""Vaccinations, the doses that people have and are due, and the vaccines. Whom to show them to is the caller's call."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, flag, flag_in_words, last_act
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.health import rules
from outpost.health.actions import SEE_FACTS
from outpost.health.models import Product, Vaccination
from outpost.health.queries.facts import of_documents
from outpost.people.documents import BY_DOCUMENT, LINKED_PEOPLE

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
_PRODUCT = (
    "code",
    "name",
    "name_en",
    "doses",
    "least_days",
    "booster_after_days",
)  # as `rules.Product` takes it
_DOSES_OF = f"""SELECT d.person_id, v.given_on, v.dose, {", ".join(f"p.{name}" for name in _PRODUCT)}
  FROM ({BY_DOCUMENT}) d JOIN health_vaccination v ON v.person_id = d.document_id
  JOIN health_product p ON p.code = v.product_id
 WHERE NOT v.is_withdrawn AND v.given_on <= %s"""


@dataclass(frozen=True, slots=True)
class VaccinationRow:
    """One vaccination record as a page shows it; `product` in both languages, as the rules take it `made`."""

    source: str
    record_id: str
    product: str
    product_en: str
    made: rules.Product
    dose: int
    given_on: date
    site: str
    is_withdrawn: bool


def vaccinations_of(person_id: UUID, *, actor: Actor) -> list[VaccinationRow]:
    """The vaccination records of one person by dose number, under all their documents, withdrawn ones too.

    The caller has checked that the actor may see this person. Raises Refusal 403.
    """
    actor.require(SEE_FACTS)
    rows = (
        Vaccination.objects.filter(person_id__in=of_documents(person_id))
        .select_related("product")
        .order_by("dose", "given_on", "source", "record_id")
    )
    return [
        VaccinationRow(
            source=row.source,
            record_id=row.record_id,
            product=row.product.name,
            product_en=row.product.name_en or row.product.name,
            made=product_of(row.product),
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
    known: dict[str, rules.Product] = {}
    for person_id, day, dose, code, *product in rows_of(_DOSES_OF, [list(given), on]) if given else ():
        given[person_id].append(rules.DoseGiven(given_on=day, dose=dose, product=code))
        known.setdefault(code, rules.Product(code, *product))
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
        Value(on), F("given_on"), template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField()
    )


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
