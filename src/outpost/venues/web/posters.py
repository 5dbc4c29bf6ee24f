"""What is printed of a venue: posters of all its checkpoints, or the picture of one code for a print of one's own."""

import io
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.views.decorators.http import require_GET

from outpost.core import clock
from outpost.core.codes import qr_png, qr_svg
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.doors import PageRequest, door
from outpost.venues.actions import RUN_VENUES
from outpost.venues.paper_forms import form_of
from outpost.venues.posters import address_of, pdf_of, poster_of
from outpost.venues.queries.codes import PrintedCode
from outpost.venues.queries.venues import venue_row
from outpost.venues.services import codes_of_venue


@door(RUN_VENUES)
@require_GET
def posters(request: PageRequest, venue_id: UUID) -> FileResponse:
    """A page A4 for each checkpoint."""
    pages = [poster_of(code, _origin(request)) for code in _codes(request, venue_id)]
    return _file(pdf_of(pages, authority=settings.OUTPOST_AUTHORITY), "venue-codes.pdf")


@door(RUN_VENUES)
@require_GET
def paper_form(request: PageRequest, venue_id: UUID) -> FileResponse:
    """绿色通道登记表 of a venue, empty."""
    venue = venue_row(venue_id, actor=request.actor, action=RUN_VENUES).venue
    return _file(form_of(venue.name, authority=settings.OUTPOST_AUTHORITY), "green-channel.pdf")


@door(RUN_VENUES)
@require_GET
def code_svg(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> FileResponse:
    """The code of a checkpoint as a drawing."""
    return _file(qr_svg(_address(request, venue_id, checkpoint_id)), "venue-code.svg")


@door(RUN_VENUES)
@require_GET
def code_png(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> FileResponse:
    """The code of a checkpoint as a picture."""
    return _file(qr_png(_address(request, venue_id, checkpoint_id)), "venue-code.png")


def _address(request: PageRequest, venue_id: UUID, checkpoint_id: UUID) -> str:
    """What the code of a checkpoint carries. Raises Refusal NOT_FOUND for one of another venue."""
    for code in _codes(request, venue_id):
        if code.checkpoint_id == checkpoint_id:
            return address_of(code, _origin(request))
    raise Refusal(NOT_FOUND)


def _codes(request: PageRequest, venue_id: UUID) -> list[PrintedCode]:
    return codes_of_venue(venue_id, actor=request.actor, at=clock.now())


def _origin(request: PageRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _file(content: bytes, name: str) -> FileResponse:
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name)
