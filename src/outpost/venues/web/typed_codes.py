"""For whoever cannot scan: the short code of a poster, typed."""

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
    if form.is_valid():
        try:
            return redirect("codes:code", venues.typed(form.cleaned_data["code"]))
        except Refusal as refusal:
            form.add_error("code", refusal.message)
    return render(request, "venues/typed.html", {"form": form})
