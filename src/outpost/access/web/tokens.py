"""Doors of the security administrator: rights of machines."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access import queries, services
from outpost.access.doors import PageRequest, door
from outpost.access.forms import TokenForm
from outpost.access.scopes import parse
from outpost.access.web.sign_in import refuse
from outpost.core import clock
from outpost.core.errors import Refusal


@door("access.manage")
@require_http_methods(["GET", "POST"])
def tokens(request: PageRequest) -> HttpResponse:
    """The tokens, and a form for another one whose secret is shown once."""
    at = clock.now()
    form = TokenForm(request.POST or None)
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    secret = ""
    if form.is_valid():
        given = form.cleaned_data
        try:
            _token, secret = services.create_token(
                given["label"],
                given["role"],
                parse(given["scope"]),
                days=given["days"],
                actor=request.actor,
                at=at,
            )
        except Refusal as refusal:
            status = HTTPStatus(refuse(form, refusal))
        else:
            form, status = TokenForm(), HTTPStatus.OK
    context = {"tokens": queries.tokens(actor=request.actor, at=at), "form": form, "secret": secret}
    return render(request, "access/tokens.html", context, status=status)


@door("access.manage")
@require_POST
def revoke_token(request: PageRequest, token_id: UUID) -> HttpResponse:
    """End a token."""
    services.revoke_token(token_id, actor=request.actor, at=clock.now())
    messages.success(request, _("The token was revoked. Its next call is refused."))
    return redirect("access:tokens")
