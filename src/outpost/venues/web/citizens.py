"""Doors of who scans a venue code: the page that the phone keeps, its worker, and the same by a plain form."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.access.doors import citizen_door
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.health.queries.declarations import declared_until
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, anonymous_door
from outpost.pages.templatetags.pages import dated_instant
from outpost.people.queries import spoken_for
from outpost.venues import errors, visiting
from outpost.venues.codes import code_id
from outpost.venues.queries import venues
from outpost.venues.rules import SHORTEST_STAY, Place
from outpost.venues.visiting import Scan

STAMP = "outpost.venues.check_in"
STAMP_LIFE = timedelta(minutes=10)
"""What was opened a while ago is opened anew: nobody stands there any more."""


@anonymous_door
@require_GET
def code(request: HttpRequest, text: str) -> HttpResponse:
    """The check-in page, the same for every code and everybody: the phone keeps it, and the lane knows the place.

    It costs no look-up, whoever asks; a text that we did not sign says what to do.
    """
    if code_id(ring(), text) is None:
        refusal = Refusal(errors.CODE_DAMAGED)
        return render(request, "venues/code.html", {"refusal": refusal}, status=refusal.status)
    scope = reverse("codes:worker").rpartition("/")[0] + "/"
    context = {"text": text, "scope": scope, "shortest": int(SHORTEST_STAY.total_seconds())}
    return render(request, "venues/check_in.html", context)


@anonymous_door
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the page; it lies beside the codes, because it may answer for nothing else."""
    return render(request, "venues/worker.js", content_type="text/javascript; charset=utf-8")


@citizen_door
@require_http_methods(["GET", "POST"])
def plain(request: PageRequest) -> HttpResponse:
    """The same for a browser without scripts: a form, posted to this process, which writes as the lane does."""
    spoken, text = spoken_for(own_account(request).id), request.GET.get("code", "")
    if spoken is None:
        return redirect(address("people:start", next=request.get_full_path()))
    if code_id(ring(), text) is None:
        return redirect("codes:typed")
    try:
        place = venues.scanned(text)
    except Refusal as refusal:
        return render(request, "venues/code.html", {"refusal": refusal}, status=refusal.status)
    if request.method == "POST":
        return _check_in(request, spoken.person_id, place)
    is_undeclared = declared_until(spoken.person_id, since=spoken.since, at=clock.now()) is None
    if is_undeclared and "asked" not in request.GET:
        back = address("venues:plain_check_in", code=text, asked="yes")
        return redirect(address("health:declare", next=back))
    context = {
        "is_undeclared": is_undeclared,
        "place": place,
        "name": spoken.name,
        "stamp": _stamp(clock.now()),
    }
    return render(request, "venues/plain_check_in.html", context)


def _check_in(request: PageRequest, person_id: UUID, place: Place) -> HttpResponse:
    try:
        id_, opened = signing.loads(request.POST.get("stamp", ""), salt=STAMP, max_age=STAMP_LIFE)
    except signing.BadSignature:
        messages.warning(request, _("This page was open for a while. Touch once more at the venue."))
        return redirect(request.get_full_path())
    scan = Scan(UUID(id_), datetime.fromisoformat(opened))
    visiting.check_in(person_id, place, scan, at=clock.now())
    values = {"venue": place.venue, "checkpoint": place.checkpoint, "at": dated_instant(localtime(scan.at))}
    messages.success(request, _("Checked in: {venue} · {checkpoint} · {at}").format(**values))
    return redirect("web:my")


def _stamp(at: datetime) -> str:
    """What the form carries of its opening, signed: the id and the time of the check-in, so that two posts are one."""
    return signing.dumps([str(new_id()), at.isoformat()], salt=STAMP)
