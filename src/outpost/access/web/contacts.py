"""Doors of where an account gets its messages: one's own, and those of others for who manages accounts."""

from dataclasses import asdict
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outpost.access import queries, services
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.contacts import contacts_of
from outpost.access.forms import ContactsForm
from outpost.access.models import User
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

PAGE = "access/contacts.html"


@door(USE_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def my_contacts(request: PageRequest) -> HttpResponse:
    """Where my messages go."""
    user = request.user
    if not isinstance(user, User):
        raise Refusal(NOT_FOUND)

    def save(form: ContactsForm) -> HttpResponse:
        services.change_own_contacts(user, form.contacts(), actor=request.actor, at=clock.now())
        return _saved(request, reverse("access:me"))

    make = partial(ContactsForm, initial=asdict(contacts_of(user)), has_phone=user.phone_hash is not None)
    return form_page(request, PAGE, make, save, context={"back": reverse("access:me")})


@door(MANAGE_ACCESS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contacts(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Where the messages of an account go."""
    row = queries.account(user_id, actor=request.actor)
    known, where = queries.contacts(user_id, actor=request.actor), reverse("access:account", args=[user_id])

    def save(form: ContactsForm) -> HttpResponse:
        services.change_contacts(user_id, form.contacts(), actor=request.actor, at=clock.now())
        return _saved(request, where)

    make = partial(ContactsForm, initial=asdict(known), has_phone=row.is_phone)
    return form_page(request, PAGE, make, save, context={"back": where})


def _saved(request: PageRequest, where: str) -> HttpResponse:
    messages.success(request, _("Where messages go was saved."))
    return redirect(where)
