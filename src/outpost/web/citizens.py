"""A citizen's own page 我的: what the house knows of them, and what they may do about it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outpost.access.doors import citizen_door
from outpost.pages.doors import PageRequest


@citizen_door
@require_GET
def my(request: PageRequest) -> HttpResponse:
    """My own page."""
    return render(request, "web/my.html")
