"""Doors of where an account gets its messages: one's own, and those of others for who manages accounts."""

from collections.abc import Callable
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

from outpost.access import account_rows, services
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.contacts import contacts_of, edited_contacts
from outpost.access.forms import ContactsForm
from outpost.access.models import User
from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.doors import PageRequest, door


@door(USE_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def my_contacts(request: PageRequest) -> HttpResponse:
    """Where my messages go."""
    user = request.user
    if not isinstance(user, User):
        raise Refusal(NOT_FOUND)

    def save(form: ContactsForm, seen: str) -> None:
        services.change_own_contacts(user, form.contacts(), actor=request.actor, at=clock.now(), seen=seen)

    return _contacts_page(request, user, save, reverse("access:me"))


@door(MANAGE_ACCESS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contacts(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Where the messages of an account go."""
    user = account_rows.to_contact(user_id, actor=request.actor)

    def save(form: ContactsForm, seen: str) -> None:
        services.change_contacts(user_id, form.contacts(), actor=request.actor, at=clock.now(), seen=seen)

    return _contacts_page(request, user, save, reverse("access:account", args=[user_id]))


def _contacts_page(
    request: PageRequest, user: User, save: Callable[[ContactsForm, str], None], where: str
) -> HttpResponse:
    def act(form: ContactsForm) -> HttpResponse:
        save(form, form.cleaned_data[SEEN])
        messages.success(request, _("Where messages go was saved."))
        return redirect(where)

    make = partial(ContactsForm, initial=asdict(contacts_of(user)), has_phone=user.phone_hash is not None)
    stands = partial(edited_contacts, user)
    return edit_page(request, "access/contacts.html", make, act, stands, context={"back": where})
