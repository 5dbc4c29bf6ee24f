"""Doors of where an account gets its messages: one's own, and those of others for who manages accounts."""

from dataclasses import asdict
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outpost.access import queries, services
from outpost.access.contacts import Contacts, contacts_of
from outpost.access.doors import PageRequest, door
from outpost.access.forms import ContactsForm
from outpost.access.models import User
from outpost.core import clock
from outpost.core.errors import NOT_FOUND, Refusal


@door("account.use")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def my_contacts(request: PageRequest) -> HttpResponse:
    """Where my messages go."""
    user = request.user
    if not isinstance(user, User):
        raise Refusal(NOT_FOUND)
    form = _form(request, contacts_of(user), has_phone=user.phone_hash is not None)
    if not form.is_valid():
        return _page(request, form, reverse("access:me"))
    services.change_own_contacts(user, form.contacts(), actor=request.actor, at=clock.now())
    messages.success(request, _("Where messages go was saved."))
    return redirect("access:me")


@door("access.manage")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contacts(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Where the messages of an account go."""
    row = queries.account(user_id, actor=request.actor)
    form = _form(request, queries.contacts(user_id, actor=request.actor), has_phone=row.is_phone)
    if not form.is_valid():
        return _page(request, form, reverse("access:account", args=[user_id]))
    services.change_contacts(user_id, form.contacts(), actor=request.actor, at=clock.now())
    messages.success(request, _("Where messages go was saved."))
    return redirect("access:account", user_id)


def _form(request: PageRequest, known: Contacts, *, has_phone: bool) -> ContactsForm:
    return ContactsForm(request.POST or None, initial=asdict(known), has_phone=has_phone)


def _page(request: PageRequest, form: ContactsForm, back: str) -> HttpResponse:
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "access/contacts.html", {"form": form, "back": back}, status=status)
