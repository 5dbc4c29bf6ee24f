"""Doors of the security administrator: rights of machines."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access import account_rows, services
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.forms import TokenForm
from outpost.access.scopes import parse
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.keeping import Keep

SECRETS = Keep("token_secrets", life=timedelta(minutes=30), most=1)
LATEST = "latest"


@door(MANAGE_ACCESS)
@require_http_methods(["GET", "POST"])
def tokens(request: PageRequest) -> HttpResponse:
    """The tokens, and a form for another one whose secret shows until it is said to be copied."""
    at = clock.now()

    def create(form: TokenForm) -> HttpResponse:
        stated = form.cleaned_data
        scope = parse(stated["scope"])
        _token, secret = services.create_token(
            stated["label"], stated["role"], scope, days=stated["days"], actor=request.actor, at=at
        )
        SECRETS.put(request, LATEST, secret)
        return redirect("access:tokens")

    def context(_form: TokenForm) -> dict[str, Any]:
        return {
            "tokens": account_rows.tokens(actor=request.actor, at=at),
            "secret": SECRETS.get(request, LATEST),
        }

    return form_page(request, "access/tokens.html", TokenForm, create, context=context)


@door(MANAGE_ACCESS)
@require_POST
def token_copied(request: PageRequest) -> HttpResponse:
    """The secret of the latest token was copied: it shows no more."""
    SECRETS.drop(request, LATEST)
    return redirect("access:tokens")


@door(MANAGE_ACCESS)
@require_POST
def revoke_token(request: PageRequest, token_id: UUID) -> HttpResponse:
    """End a token."""
    services.revoke_token(token_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The token was revoked. Its next call is refused."))
    return redirect("access:tokens")
