"""告警设置, the links in alerts, and the follow-up of who missed."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.alerts.follow_ups import Act
from outpost.alerts.recipients import officers_by_name
from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.exchange.offers import Offer, exports_for
from outpost.pages.addresses import address, back, local
from outpost.pages.days import DayForm
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page, ticked
from outpost.pages.keeping import Keep
from outpost.pages.listing import BulkAction
from outpost.people.services import record_own_seen
from outpost.sentinel import links
from outpost.sentinel.actions import EDIT_CATEGORIES, FOLLOW_UP, SEE_COMPLIANCE
from outpost.sentinel.forms.alerts import AlertForm, AnswerForm, RecipientsForm, TryForm
from outpost.sentinel.models import AlertSetting
from outpost.sentinel.queries import alerts as queries
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.compliance import standing_of
from outpost.sentinel.queries.staff import first_of
from outpost.sentinel.services import alerts as services
from outpost.sentinel.services.follow_ups import ANSWER, FollowUpEntry, follow_up, found_people

SET = queries.SET
NAMED = 5  # people whom the page of an answer names; of the others it says how many
CHOSEN = Keep("chosen_to_answer", life=timedelta(minutes=30), most=3)  # by the address of the answer


@door(SET)
@require_http_methods(["GET", "POST"])
def alerts(request: PageRequest) -> HttpResponse:
    """All categories with their alerts, and the command group that gets the summary."""
    may_choose = request.actor.may(EDIT_CATEGORIES)
    if request.method == "POST" and not may_choose:  # for them the page has no form
        return redirect("sentinel:alerts")
    group = [str(user) for user in queries.recipients(None)]

    def save(form: RecipientsForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        services.set_command_group(form.chosen(), actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("The command group was saved."))
        return redirect("sentinel:alerts")

    make = partial(RecipientsForm, officers=officers_by_name(), initial={"seniors": group})
    context = {"settings": queries.settings(actor=request.actor), "may_choose": may_choose}
    stands = queries.edited_command_group
    return edit_page(request, "sentinel/alerts.html", make, save, stands, context=context)


@door(SET)
@require_http_methods(["GET", "POST"])
def alert_setting(request: PageRequest, code: str) -> HttpResponse:
    """The alerts of one category, with what its rule, or one to try, would have found on the last days."""
    category = categories.category(code, actor=request.actor, action=SET)

    def save(form: AlertForm) -> HttpResponse:
        seen = form.cleaned_data[SEEN]
        services.set_alert(form.entry(code), actor=request.actor, at=clock.now(), seen=seen)
        messages.success(request, _("The alerts were saved. They count from the next nine o'clock on."))
        return redirect("sentinel:alerts")

    def context(_form: AlertForm) -> dict[str, object]:
        rules = categories.rules_of(category)
        tried = TryForm(request.GET if "rule" in request.GET else None)
        if tried.is_valid():
            rules = replace(rules, own=tried.cleaned_data["rule"])
        days = queries.preview(category, rules, today=clock.local_day(clock.now()))
        return {"category": category, "tried": tried, "rules": rules, "days": days}

    make = partial(AlertForm, officers=officers_by_name(), initial=_initial(code))
    stands = partial(queries.edited_alert, code)
    return edit_page(request, "sentinel/alert_setting.html", make, save, stands, context=context)


def _initial(code: str) -> dict[str, object]:
    setting = queries.setting_of(code) or AlertSetting()
    return {
        **{name: getattr(setting, name) for name in queries.FLAGS},
        "ways": setting.media,
        "seniors": [str(user) for user in queries.recipients(code)],
    }


@door(SEE_COMPLIANCE)
@require_GET
def alert(request: PageRequest, token: str) -> HttpResponse:
    """Where the link of an alert leads: the reader's own part of the list, and the workbook."""
    at = clock.now()
    code, on = links.read(token, at=at)
    standing = standing_of(code, on, actor=request.actor, at=at)
    context = {"standing": standing, "on": on, "files": files_of(request.actor, code, on)}
    return render(request, "sentinel/alert.html", context)


def files_of(actor: Actor, code: str, on: date) -> list[Offer]:
    """The workbooks of a day's list that the reader may have, as (label, address)."""
    return exports_for(actor, "missed", {"category": code, "on": on})


def bulk_of(actor: Actor, code: str, on: date) -> tuple[BulkAction, ...]:
    """What can be done about the ticked people of a day's list."""
    acts = [
        (Act.CLAIM, gettext_lazy("Claim")),
        (Act.RELEASE, gettext_lazy("Give back")),
        (Act.CLOSE, gettext_lazy("Close")),
        (Act.REOPEN, gettext_lazy("Open again")),
    ]
    offered = [BulkAction(gettext_lazy("Answer"), address("sentinel:answer", code, on=on))]
    if actor.may(FOLLOW_UP):
        offered += [
            BulkAction(label, address("sentinel:follow_up", code, act.value, on=on)) for act, label in acts
        ]
    return tuple(offered)


@door(FOLLOW_UP)
@require_POST
def act_on(request: PageRequest, code: str, act: str) -> HttpResponse:
    """Claim, give back, close or open again the ticked people."""
    if act not in set(Act):
        raise Refusal(NOT_FOUND)
    return _done(request, FollowUpEntry(code, _day(request), tuple(ticked(request)), Act(act)))


@door(ANSWER)
@require_http_methods(["GET", "POST"])
def answer(request: PageRequest, code: str) -> HttpResponse:
    """Ask for the reason of the people who were ticked on a list, then keep it."""
    categories.category(code, actor=request.actor, action=ANSWER)
    on = _day(request)
    if request.method == "POST" and "reason" not in request.POST:
        return _choose(request, code, on)
    chosen = CHOSEN.get(request, request.get_full_path())
    if request.method == "GET" and chosen is None:
        return redirect(address("sentinel:missed", code, on=on))

    def act(form: AnswerForm) -> HttpResponse:
        entry = FollowUpEntry(code, on, tuple(ticked(request)), Act.ANSWER, form.answer())
        return _done(request, entry)

    def context(_form: AnswerForm) -> dict[str, object]:
        people = first_of(chosen["staff"], actor=request.actor, action=ANSWER, limit=NAMED)
        record_own_seen([shown for shown, _ in people], actor=request.actor, at=clock.now())
        return {**chosen, "people": people, "others": len(chosen["staff"]) - len(people)}

    return form_page(request, "sentinel/answer.html", AnswerForm, act, context=context)


def _choose(request: PageRequest, code: str, on: date) -> HttpResponse:
    staff = ticked(request)
    try:
        found_people(code, on, tuple(staff), actor=request.actor, action=ANSWER, at=clock.now())
    except Refusal as refusal:
        return _refused(request, code, refusal)
    page = address("sentinel:answer", code, on=on)
    came_from = local(request, request.POST.get("next", "")) or reverse("sentinel:missed", args=[code])
    CHOSEN.put(request, page, {"staff": staff, "next": came_from})
    return redirect(page)


def _day(request: PageRequest) -> date:
    return DayForm(request.GET).day(clock.local_day(clock.now()))


def _done(request: PageRequest, entry: FollowUpEntry) -> HttpResponse:
    try:
        count = follow_up(entry, actor=request.actor, at=clock.now())
    except Refusal as refusal:
        return _refused(request, entry.category, refusal)
    text = ngettext("Done for {n} person.", "Done for {n} people.", count).format(n=count)
    messages.success(request, text)
    return back(request, "sentinel:missed", entry.category)


def _refused(request: PageRequest, code: str, refusal: Refusal) -> HttpResponse:
    """Back to the list with what is wrong; what is out of reach stays the page that knows nothing."""
    if refusal.status == HTTPStatus.NOT_FOUND:
        raise refusal
    messages.error(request, refusal.message)
    return back(request, "sentinel:missed", code)
