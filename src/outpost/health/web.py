"""The page 疫苗产品: the list of vaccines, and the form of one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.health import queries, services
from outpost.health.forms import ProductForm
from outpost.health.models import Product
from outpost.pages.doors import PageRequest, door


@require_GET
@door(services.EDIT_PRODUCTS)
def products(request: PageRequest) -> HttpResponse:
    """All vaccines, those in use first."""
    return render(request, "health/products.html", {"products": queries.product_rows()})


@require_http_methods(["GET", "POST"])
@door(services.EDIT_PRODUCTS)
def new_product(request: PageRequest) -> HttpResponse:
    """Add a vaccine."""
    form = ProductForm(request.POST or None)
    return _saved(request, form, is_new=True) or render(request, "health/product.html", {"form": form})


@require_http_methods(["GET", "POST"])
@door(services.EDIT_PRODUCTS)
def product(request: PageRequest, code: str) -> HttpResponse:
    """Change a vaccine; its code stays."""
    row = next((one for one in queries.product_rows() if one.code == code), None)
    if row is None:
        raise Refusal(NOT_FOUND)
    form = ProductForm({**request.POST.dict(), "code": code} if request.method == "POST" else None)
    form.initial = _initial(row)
    form.fields["code"].disabled = True
    saved = _saved(request, form, is_new=False)
    return saved or render(request, "health/product.html", {"form": form, "product": row})


def _saved(request: PageRequest, form: ProductForm, *, is_new: bool) -> HttpResponseRedirect | None:
    """Store a valid form and go back to the list; a refusal becomes an error of the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        services.save_product(form.facts(), is_new=is_new, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        form.add_error(None, refusal.message)
        return None
    messages.success(request, _("The vaccine was saved."))
    return redirect("health:products")


def _initial(row: Product) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "name_en": row.name_en,
        "synonyms": "\n".join(row.synonyms),
        "doses": row.doses,
        "least_days": row.least_days,
        "booster_after_days": row.booster_after_days,
        "is_active": row.is_active,
    }
