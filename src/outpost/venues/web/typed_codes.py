"""For whoever cannot scan: the short code of a poster, typed."""

from collections.abc import Callable

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from outpost.core.errors import Refusal
from outpost.pages.doors import open_door
from outpost.venues.forms import TypedCodeForm
from outpost.venues.queries import venues


@open_door
@require_GET
def typed(request: HttpRequest) -> HttpResponse:
    """Goes on to the page of the code. Nothing is counted: all but one mistake in a thousand cost no look-up, and a
    right guess shows what hangs at a public door."""
    form = TypedCodeForm(request.GET or None)
    return go_on(request, form, venues.typed, to="codes:code", template="venues/typed.html")


def go_on(
    request: HttpRequest, form: Form, find: Callable[[str], str], *, to: str, template: str
) -> HttpResponse:
    """To the page of the code that was typed; back to the form with what is wrong with it."""
    if form.is_valid():
        try:
            return redirect(to, find(form.cleaned_data["code"]))
        except Refusal as refusal:
            form.add_error("code", refusal.message)
    return render(request, template, {"form": form})
