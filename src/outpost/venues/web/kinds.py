"""场所类型: the kinds of venues, how long people stay, and which department answers for each."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.regions import queries as regions
from outpost.venues.actions import EDIT_KINDS
from outpost.venues.forms import KindForm
from outpost.venues.queries import kinds
from outpost.venues.services.kinds import set_kind


@door(EDIT_KINDS)
@require_GET
def kinds_page(request: PageRequest) -> HttpResponse:
    """All kinds with the number of their venues."""
    return render(request, "venues/kinds.html", {"kinds": kinds.counted()})


@door(EDIT_KINDS)
@require_http_methods(["GET", "POST"])
def new_kind(request: PageRequest) -> HttpResponse:
    """One more kind, behind the others."""

    def save(form: KindForm) -> HttpResponse:
        set_kind(form.entry(), actor=request.actor, at=clock.now())
        return _saved(request)

    make = partial(KindForm, departments=regions.departments())
    return form_page(request, "venues/kind_form.html", make, save)


@door(EDIT_KINDS)
@require_http_methods(["GET", "POST"])
def kind(request: PageRequest, kind_code: str) -> HttpResponse:
    """Call a kind otherwise, change the usual stay, give it to a department."""
    found = kinds.kind_of(kind_code)

    def save(form: KindForm) -> HttpResponse:
        entry, seen = form.entry(), form.cleaned_data[SEEN]
        set_kind(entry, code=kind_code, actor=request.actor, at=clock.now(), seen=seen)
        return _saved(request)

    make = partial(KindForm, departments=regions.departments(), initial=kinds.edited_kind(found).texts)
    stands = partial(kinds.edited_kind, found)
    return edit_page(request, "venues/kind_form.html", make, save, stands, context={"kind": found})


def _saved(request: PageRequest) -> HttpResponse:
    messages.success(request, _("The kind of venue was saved."))
    return redirect("venues:kinds")
