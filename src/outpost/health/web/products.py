"""The pages 疫苗产品: the list of vaccines, the form of one."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.errors import or_not_found
from outpost.health import services
from outpost.health.actions import EDIT_PRODUCTS
from outpost.health.forms.products import ProductForm
from outpost.health.models import Product
from outpost.health.queries import vaccinations
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page

PRODUCT = "health/product.html"
PRODUCTS = Listing(
    "products",
    columns=(
        Column("name", gettext_lazy("Name"), order="name", is_long=True),
        Column("code", pgettext_lazy("vaccine", "Code"), order="code"),
        Column("doses", gettext_lazy("Doses"), order="doses", is_numeric=True),
        Column("least_days", gettext_lazy("Least days between"), order="least_days", is_numeric=True),
        Column("booster", gettext_lazy("Booster"), order="booster_after_days"),
        Column("state", gettext_lazy("State"), order="is_active"),
    ),
    order="-state",  # those in use first
    aside="state",
    below=("code", "doses"),
)


@require_GET
@door(EDIT_PRODUCTS)
def products(request: PageRequest) -> HttpResponse:
    """All vaccines, those in use first."""
    return list_page(PRODUCTS.read(request), "health/products.html", vaccinations.product_rows())


@require_http_methods(["GET", "POST"])
@door(EDIT_PRODUCTS)
def new_product(request: PageRequest) -> HttpResponse:
    """Add a vaccine."""

    def save(form: ProductForm) -> HttpResponse:
        return _save(request, form, is_new=True)

    return form_page(request, PRODUCT, ProductForm, save, at={"health.product_code_form": "code"})


@require_http_methods(["GET", "POST"])
@door(EDIT_PRODUCTS)
def product(request: PageRequest, code: str) -> HttpResponse:
    """Change a vaccine; its code stays."""
    row = or_not_found(next((one for one in vaccinations.product_rows() if one.code == code), None))

    def save(form: ProductForm) -> HttpResponse:
        return _save(request, form, is_new=False, seen=form.cleaned_data[SEEN])

    make = partial(ProductForm, is_new=False, initial=_initial(row))
    stands = partial(vaccinations.edited_product, row)
    return edit_page(request, PRODUCT, make, save, stands, context={"product": row})


def _save(request: PageRequest, form: ProductForm, *, is_new: bool, seen: str = "") -> HttpResponse:
    services.save_product(form.facts(), is_new=is_new, actor=request.actor, at=clock.now(), seen=seen)
    messages.success(request, _("The vaccine was saved."))
    return redirect("health:products")


def _initial(row: Product) -> dict[str, Any]:
    stated = {name: getattr(row, name) for name in ("code", *vaccinations.PRODUCT_NAMES)}
    return {**stated, "synonyms": "\n".join(row.synonyms)}
