"""The page 暴露认定: exposures that wait for a second officer, that count, that ended; stated and withdrawn here."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.clock import day_span
from outpost.core.crypto import ring
from outpost.health import services
from outpost.health.actions import STATE_EXPOSURES
from outpost.health.queries import exposures as queries
from outpost.health.rules import ExposureKind
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.ledgers import DAY
from outpost.pages.templatetags.pages import grouped
from outpost.people.forms import CardForm
from outpost.people.rules import DocumentType
from outpost.people.trying import count_tries

USUAL_DAYS = timedelta(days=14)


class ExposureForm(CardForm):
    """Who was exposed, by their document; how, since which day, until which one it counts, on which ground."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of exposure"), choices=ExposureKind.choices(), widget=forms.RadioSelect
    )
    first_day = forms.DateField(label=gettext_lazy("Exposed on"), widget=DAY)
    last_day = forms.DateField(label=gettext_lazy("Counts until"), widget=DAY)
    ground = forms.CharField(
        label=gettext_lazy("Ground"),
        max_length=services.LONGEST_EXPOSURE_GROUND,
        help_text=gettext_lazy(
            "The finding or the order on which it rests, with its number. Name nobody here."
        ),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.initial = {"document_type": DocumentType.RESIDENT_ID.value, "last_day": today + USUAL_DAYS}

    def exposed(self) -> services.Exposed:
        """What a valid form says. Raises Refusal DAY_OUT_OF_RANGE."""
        stated = self.cleaned_data
        begins_at, _end = day_span(stated["first_day"], stated["first_day"])
        _begin, ends_at = day_span(stated["last_day"], stated["last_day"])
        document = stated["document"]
        people = {ring().pseudonym(document.doc_type, document.number): (begins_at, ends_at)}
        return services.Exposed(people=people, kind=ExposureKind(stated["kind"]), ground=stated["ground"])


class WithdrawForm(forms.Form):
    """Why an exposure counts no longer."""

    because = forms.CharField(label=gettext_lazy("Why"), max_length=services.LONGEST_EXPOSURE_GROUND)


@require_GET
@door(STATE_EXPOSURES)
def exposures(request: PageRequest) -> HttpResponse:
    """What waits, what counts, what ended."""
    actor, at = request.actor, clock.now()
    context = {
        "waiting": queries.waiting(actor=actor),
        "lists": [
            (_("Counts now"), queries.counting(actor=actor, at=at), True),
            (_("Withdrawn or ended"), queries.past(actor=actor, at=at), False),
        ],
    }
    return render(request, "health/exposures.html", context)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@door(STATE_EXPOSURES)
def new_exposure(request: PageRequest) -> HttpResponse:
    """State that somebody was exposed."""

    def save(form: ExposureForm) -> HttpResponse:
        at, number = clock.now(), form.cleaned_data["document"].number
        count_tries({"document": number}, STATE_EXPOSURES, actor=request.actor, at=at)
        services.state_exposures(form.exposed(), actor=request.actor, at=at)
        messages.success(request, _("Stated. It counts once another command officer agrees."))
        return redirect("health:exposures")

    make = partial(ExposureForm, today=clock.local_day(clock.now()))
    return form_page(request, "health/exposure.html", make, save)


@require_POST
@door(STATE_EXPOSURES)
def agree(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Agree to what another officer stated."""
    agreed = services.agree_to_exposures(batch_id, actor=request.actor, at=clock.now())
    said = ngettext("{n} exposure counts now.", "{n} exposures count now.", agreed)
    messages.success(request, said.format(n=grouped(agreed)))
    return redirect("health:exposures")


@require_http_methods(["GET", "POST"])
@door(STATE_EXPOSURES)
def withdraw(request: PageRequest, exposure_id: UUID) -> HttpResponse:
    """Let an exposure count no longer."""
    row = queries.exposure(exposure_id, actor=request.actor)

    def save(form: WithdrawForm) -> HttpResponse:
        because = form.cleaned_data["because"]
        services.withdraw_exposure(exposure_id, because, actor=request.actor, at=clock.now())
        messages.success(request, _("Withdrawn. It counts no longer."))
        return redirect("health:exposures")

    return form_page(request, "health/withdraw_exposure.html", WithdrawForm, save, context={"row": row})
