"""Writes of the list of vaccines."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from outpost.audit import editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.health import errors, rules
from outpost.health.actions import EDIT_PRODUCTS
from outpost.health.models import Product
from outpost.health.queries import vaccinations

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the list says of one vaccine; intervals in days."""

    code: str
    name: str
    name_en: str
    synonyms: tuple[str, ...]
    doses: int
    least_days: int
    booster_after_days: int | None
    is_active: bool = True


@transaction.atomic
def ensure_products() -> int:
    """Add the built-in vaccines that are missing; what somebody edited stays. Returns how many were added."""
    known = set(Product.objects.values_list("code", flat=True))
    missing = [product for product in rules.BUILT_IN_PRODUCTS if product.code not in known]
    Product.objects.bulk_create(Product(**asdict(product)) for product in missing)
    return len(missing)


@transaction.atomic
def save_product(facts: ProductFacts, *, is_new: bool, actor: Actor, at: datetime, seen: str = "") -> None:
    """Add a vaccine or change the one of that code. `seen` is what the form showed (`audit.editing`).

    Raises Refusal: 403, 404, 409 when a name already stands for another vaccine (or the code for any, if `is_new`),
    422 when numbers are out of range, EDITED_MEANWHILE.
    """
    actor.require(EDIT_PRODUCTS)
    _check(facts)
    others = list(Product.objects.select_for_update().order_by("code"))
    row = next((product for product in others if product.code == facts.code), None)
    if row is None and not is_new:
        raise Refusal(NOT_FOUND)
    if row is not None and is_new:
        raise Refusal(errors.PRODUCT_NAME_TAKEN, name=facts.code, product=row.name, column="code")
    if row is not None:
        editing.refuse_unread(seen, vaccinations.edited_product(row))
    _check_names(facts, [product for product in others if product.code != facts.code])
    Product.objects.update_or_create(code=facts.code, defaults=asdict(facts))
    audit.record("health.product_changed", actor=actor, at=at, object_id=facts.code)


def _check(facts: ProductFacts) -> None:
    if not _CODE.fullmatch(facts.code):
        raise Refusal(errors.PRODUCT_CODE_FORM)
    intervals = (facts.least_days, facts.booster_after_days or 0)
    if facts.doses not in rules.DOSES or not all(0 <= days <= _LONGEST_DAYS for days in intervals):
        raise Refusal(errors.PRODUCT_NUMBERS)


def _check_names(facts: ProductFacts, others: Iterable[Product]) -> None:
    products = [vaccinations.product_of(other) for other in others]
    for name in filter(None, (facts.name, facts.name_en, *facts.synonyms)):
        clash = rules.find_product(name, products)
        if clash is not None:
            raise Refusal(errors.PRODUCT_NAME_TAKEN, name=name, product=clash.name)
