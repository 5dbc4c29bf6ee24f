"""Doors of a second document: a citizen's own statement, and an officer who sees both papers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outpost.access.doors import citizen_door
from outpost.access.web.confirming import own_account
from outpost.core import clock
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.people import errors, queries, second_documents
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.forms import BothPapersForm, RealNameForm
from outpost.people.real_names import Statement
from outpost.people.trying import count_tries

MY_PAGE = "web:my"


@citizen_door
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def state(request: PageRequest) -> HttpResponse:
    """State a second document of one's own."""
    user, at = own_account(request), clock.now()
    if queries.spoken_for(user.id) is None:
        return redirect("people:real_name")

    def save(form: RealNameForm) -> HttpResponse:
        stated = Statement(form.cleaned_data["name"], form.cleaned_data["document"])
        second_documents.state_document(user, stated, actor=request.actor, at=at)
        messages.success(
            request, _("Stated. Show both papers to an officer of your town; then they count together.")
        )
        return redirect(MY_PAGE)

    def make(data: object) -> RealNameForm:
        return RealNameForm(data, today=clock.local_day(at))

    return form_page(request, "people/second_document.html", make, save)


@citizen_door
@require_POST
def withdraw(request: PageRequest) -> HttpResponse:
    """Take back the document that waits."""
    second_documents.withdraw_document(own_account(request), actor=request.actor, at=clock.now())
    messages.success(request, _("The document was withdrawn."))
    return redirect(MY_PAGE)


@door(DECIDE_CLAIMS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def both_papers(request: PageRequest) -> HttpResponse:
    """Both papers of somebody who stands here with the phone that stated them."""
    at = clock.now()

    def see(form: BothPapersForm) -> HttpResponse:
        stated = form.cleaned_data
        for number in (stated["document"].number, stated["other"].number):
            count_tries({"document": number}, DECIDE_CLAIMS, actor=request.actor, at=at)
        count_tries({"phone": stated["phone"]}, DECIDE_CLAIMS, actor=request.actor, at=at)
        second_documents.link_on_sight(
            stated["document"], stated["other"], stated["phone"], actor=request.actor, at=at
        )
        messages.success(request, _("What comes in under this document counts for the person from now on."))
        return redirect("people:both_papers")

    def make(data: object) -> BothPapersForm:
        return BothPapersForm(data, today=clock.local_day(at))

    places = {errors.PAPERS_DIFFER.code: "other_number"}
    return form_page(request, "people/both_papers.html", make, see, at=places)
