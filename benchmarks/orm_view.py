"""What B1 is held against: a view of Django that inserts a check-in by the ORM, a row and a transaction a request."""

import json
from datetime import datetime
from uuid import UUID

import django

django.setup()

# isort: split
# ruff: noqa: E402 - the settings come first
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse

from outpost.core import clock
from outpost.core.crypto import ring
from outpost.people.tokens import holder_of
from outpost.venues.codes import code_id
from outpost.venues.models import CheckIn, VenueCode


def check_in(request: HttpRequest) -> HttpResponse:
    """Check the signatures, look the code up, insert."""
    stated, at = json.loads(request.body), clock.now()
    holder = holder_of(ring(), stated["token"], ended={}, at=at)
    id_ = code_id(ring(), stated["code"])
    if holder is None or id_ is None:
        return HttpResponse(status=401)
    code = VenueCode.objects.select_related("checkpoint").get(id=id_)
    occurred_at = datetime.fromisoformat(stated["occurred_at"])
    made = CheckIn(
        venue_id=code.checkpoint.venue_id,
        day=clock.local_day(occurred_at),
        id=UUID(stated["id"]),
        checkpoint_id=code.checkpoint_id,
        person_id=holder.person_id,
        occurred_at=occurred_at,
        received_at=at,
    )
    made.save(force_insert=True)
    answer = JsonResponse({"id": stated["id"]}, status=201)
    answer["content-length"] = len(answer.content)  # else each answer goes out in chunks
    return answer


class _Bare(WSGIHandler):
    """Without middleware and routes: the peer is not slowed by what it does not need."""

    def get_response(self, request: WSGIRequest) -> HttpResponse:
        return check_in(request) if request.method == "POST" else HttpResponse()  # asked whether it is up


application = _Bare()
