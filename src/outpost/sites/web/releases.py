"""解除与告知: whom all is done for that their order asked, let in again together on two words and told of it."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from outpost.access import throttle
from outpost.access.throttle import HOUR, Limit
from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.health import errors
from outpost.health.actions import AGREE_DISPOSITIONS, RECORD_DISPOSITIONS
from outpost.health.person_pages import pages_of
from outpost.health.queries.releases import Ending
from outpost.health.queries.releases import releases as ended
from outpost.health.services.releases import confirm_releases, propose_releases
from outpost.pages.doors import PageRequest, door
from outpost.pages.templatetags.pages import grouped
from outpost.sites.queries.releases import notices_of

ASKED = Limit("health.releases", 30, HOUR)
MOST_SHOWN = 200


@door(AGREE_DISPOSITIONS)
@require_GET
def releases(request: PageRequest) -> HttpResponse:
    """The preview: nothing is written, nobody is told."""
    actor, at = request.actor, clock.now()
    found = ended(actor=actor, at=at)
    ready = [one for batch in (found.to_agree, found.own, found.to_propose) for one in batch.rows]
    left = found.left[:MOST_SHOWN]
    pages = pages_of([one.person_id for one in (*ready, *left)], actor)

    def linked(rows: Sequence[Ending]) -> list[tuple[Ending, str]]:
        return [(one, pages.get(one.person_id, "")) for one in rows]

    context = {
        "batches": [
            (kind, batch, linked(batch.rows), notices_of([one.person_id for one in batch.rows]))
            for kind, batch in (("agree", found.to_agree), ("own", found.own), ("propose", found.to_propose))
            if batch.rows
        ],
        "reasons": found.reasons,
        "left": linked(left),
        "more": len(found.left) - len(left),
        "may_propose": actor.may(RECORD_DISPOSITIONS),
        "at": at,
    }
    return render(request, "sites/releases.html", context)


@door(RECORD_DISPOSITIONS)
@require_POST
def propose(request: PageRequest) -> HttpResponse:
    """The first word."""

    def act(seen: str) -> str:
        n = propose_releases(seen, actor=request.actor, at=clock.now())
        said = ngettext(
            "The release of {n} person waits for another officer.",
            "The release of {n} people waits for another officer.",
            n,
        )
        return said.format(n=grouped(n))

    return _acted(request, act)


@door(AGREE_DISPOSITIONS)
@require_POST
def agree(request: PageRequest) -> HttpResponse:
    """The second word: they may enter from now on; whom a message reaches is told within a minute."""

    def act(seen: str) -> str:
        actor, at = request.actor, clock.now()
        told = notices_of([one.person_id for one in ended(actor=actor, at=at).to_agree.rows]).told
        n = confirm_releases(seen, actor=actor, at=at)
        said = ngettext(
            "{n} person may enter again from now on; a message within a minute tells {told}.",
            "{n} people may enter again from now on; a message within a minute tells {told} of them.",
            n,
        )
        return said.format(n=grouped(n), told=grouped(told))

    return _acted(request, act)


def _acted(request: PageRequest, act: Callable[[str], str]) -> HttpResponse:
    """What a conflict says stands above the list as it is now."""
    throttle.count(ASKED, request.actor.id, problem=errors.TOO_MANY_RELEASES, at=clock.now())
    try:
        messages.success(request, act(request.POST.get("seen", "")))
    except Refusal as refusal:
        if refusal.problem not in (errors.RELEASES_CHANGED, errors.NOTHING_TO_RELEASE):
            raise
        messages.error(request, refusal.message)
    return redirect("sites:releases")
