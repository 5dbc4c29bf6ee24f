"""共享公安: how the arrivals feed stands, what waits, what left; switched on by two officers, sent again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.sites.actions import SEE_ARRIVALS, SWITCH_ARRIVALS
from outpost.sites.forms.passing import AgainForm
from outpost.sites.queries import arrivals as arrival_reads
from outpost.sites.rules.arrivals import SHARED
from outpost.sites.services import arrival_delivery, arrival_switch


@door(SEE_ARRIVALS)
@require_GET
def arrivals(request: PageRequest) -> HttpResponse:
    """Numbers, counts by day and the log: nobody in particular."""
    actor, at = request.actor, clock.now()
    context = {
        "state": arrival_reads.state(),
        "days": arrival_reads.recent_counts(actor=actor, at=at),
        "runs": arrival_reads.runs(),
        "shared": SHARED,
        "at": at,
        "me": actor.id,
        "may_switch": actor.may(SWITCH_ARRIVALS),
    }
    return render(request, "sites/arrivals.html", context)


@door(SWITCH_ARRIVALS)
@require_POST
def ask_arrivals(request: PageRequest) -> HttpResponse:
    """Ask that the feed goes on."""
    arrival_switch.ask(actor=request.actor, at=clock.now())
    messages.success(request, _("The arrivals feed waits for the word of another officer."))
    return redirect("sites:arrivals")


@door(SWITCH_ARRIVALS)
@require_POST
def agree_arrivals(request: PageRequest) -> HttpResponse:
    """The second word."""
    arrival_switch.agree(actor=request.actor, at=clock.now())
    messages.success(request, _("The arrivals feed is on."))
    return redirect("sites:arrivals")


@door(SWITCH_ARRIVALS)
@require_POST
def decline_arrivals(request: PageRequest) -> HttpResponse:
    """Decline what waits."""
    arrival_switch.decline(actor=request.actor, at=clock.now())
    messages.success(request, _("Declined. What was agreed to before stands."))
    return redirect("sites:arrivals")


@door(SWITCH_ARRIVALS)
@require_POST
def end_arrivals(request: PageRequest) -> HttpResponse:
    """Switch the feed off."""
    arrival_switch.end(actor=request.actor, at=clock.now())
    messages.success(request, _("The arrivals feed is off."))
    return redirect("sites:arrivals")


@door(SWITCH_ARRIVALS)
@require_http_methods(["GET", "POST"])
def send_arrivals_again(request: PageRequest) -> HttpResponse:
    """Send everything from a number on once more."""

    def save(form: AgainForm) -> HttpResponse:
        arrival_delivery.send_again(form.cleaned_data["number"], actor=request.actor, at=clock.now())
        messages.success(request, _("Sent again within a minute, from this number on."))
        return redirect("sites:arrivals")

    return form_page(request, "sites/arrivals_again.html", AgainForm, save)
