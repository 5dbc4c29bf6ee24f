"""复工检查表 on the way in and out; the prevention files within reach, with what is to be done about them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.papers.rules import CONTENT_TYPES
from outpost.pages.addresses import address
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page
from outpost.pages.listing import Column, Listing, list_page
from outpost.sites import papers
from outpost.sites.actions import EDIT_SUPPLY_ITEMS, JUDGE_CHECKLIST, SEE_PREVENTION, SEND_CHECKLIST
from outpost.sites.forms.prevention import ChecklistForm, FileFilter, VerdictForm
from outpost.sites.queries import prevention as reads
from outpost.sites.queries.contracts import contract_seen
from outpost.sites.rules.prevention import ChecklistState, FileFacts, Look
from outpost.sites.services import checklists
from outpost.sites.web.prevention import file_url, trail

FILES = Listing(
    "prevention_files",
    (
        Column("number", gettext_lazy("Contract number"), order="number"),
        Column("project", gettext_lazy("Project"), order="contract.project.name", is_long=True),
        Column("general_contractor", gettext_lazy("General contractor"), is_long=True),
        Column("station", gettext_lazy("Supervision station"), order="contract.project.station"),
        Column("missing", gettext_lazy("Missing"), order="missing", is_long=True),
        Column("supplies", gettext_lazy("Supplies"), order="facts.is_low"),
        Column("checklist", gettext_lazy("Checklist")),
    ),
    "number",
    FileFilter,
    aside="checklist",
    below=("project", "missing"),
)


@door(SEE_PREVENTION)
@require_GET
def prevention_files(request: PageRequest) -> HttpResponse:
    """The prevention files within reach: which are incomplete, where stock is low, which checklists wait."""
    at = clock.now()
    everywhere = reads.files({}, actor=request.actor)
    listing = FILES.read(request, stations=reads.stations(everywhere))
    rows = reads.file_rows(reads.files(listing.values, actor=request.actor), on=local_day(at))
    look = listing.values.get("look")
    narrowed = _narrowed(listing.values.get("station", ""))
    context = {
        "at": at,
        "files": (len(rows), address("sites:prevention_files", **narrowed)),
        "tiles": _tiles([row.facts for row in rows], narrowed),
        "may_edit_items": request.actor.may(EDIT_SUPPLY_ITEMS),
    }
    shown = [row for row in rows if look is None or row.facts.meets(Look(look))]
    return list_page(listing, "sites/prevention_files.html", shown, context=context)


def looks(actor: Actor, at: datetime, station: str) -> list[tuple[str, int, str]]:
    """What is to be done about the files within reach, of a station: for the page of the supervision."""
    if not actor.may(SEE_PREVENTION):
        return []
    narrowed = _narrowed(station)
    facts = reads.file_facts(reads.files(narrowed, actor=actor), on=local_day(at))
    return _tiles(facts.values(), narrowed)


def _narrowed(station: str) -> dict[str, str]:
    return {"station": station} if station else {}


def _tiles(facts: Collection[FileFacts], narrowed: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """What they are called, how many files they count, and their address."""
    return [
        (look.label, number, address("sites:prevention_files", **narrowed, look=look.value))
        for look, number in reads.counted(facts)
    ]


@door(SEND_CHECKLIST)
@require_http_methods(["GET", "POST"])
def new_checklist(request: PageRequest, contract_id: UUID) -> HttpResponse:
    """Upload a scan or photo; it is kept as a draft."""
    contract = contract_seen(contract_id, actor=request.actor, action=SEND_CHECKLIST)

    def make(data: QueryDict | None) -> ChecklistForm:
        return ChecklistForm(data, request.FILES or None, limit=papers.largest())

    def send(form: ChecklistForm) -> HttpResponse:
        chunks = form.cleaned_data["file"].chunks()
        checklists.upload_checklist(contract_id, chunks, actor=request.actor, at=clock.now())
        messages.success(request, _("Kept as a draft. Look at it, then submit it to the station."))
        return redirect(file_url(contract_id))

    context = {"contract": contract, "trail": trail(request, contract)}
    return form_page(request, "sites/checklist_form.html", make, send, at="file", context=context)


@door(SEND_CHECKLIST)
@require_POST
def submit_checklist(request: PageRequest, checklist_id: UUID) -> HttpResponse:
    """提交."""
    contract_id = checklists.submit_checklist(checklist_id, actor=request.actor, at=clock.now())
    messages.success(request, _("Submitted. The station sees it now and gives its verdict here."))
    return redirect(file_url(contract_id))


@door(JUDGE_CHECKLIST)
@require_http_methods(["GET", "POST"])
def judge_checklist(request: PageRequest, checklist_id: UUID) -> HttpResponse:
    """The station's verdict on a version."""
    found = reads.checklist_in_reach(checklist_id, actor=request.actor, action=JUDGE_CHECKLIST)

    def judge(form: VerdictForm) -> HttpResponse:
        verdict, reason = ChecklistState(form.cleaned_data["verdict"]), form.cleaned_data["reason"]
        checklists.judge_checklist(checklist_id, verdict, reason, actor=request.actor, at=clock.now())
        messages.success(request, _("The verdict was kept. The site reads it on this page."))
        return redirect(file_url(found.contract_id))

    context = {"contract": found.contract, "checklist": found, "trail": trail(request, found.contract)}
    return form_page(request, "sites/verdict.html", partial(VerdictForm), judge, context=context)


@door(SEE_PREVENTION)
@require_GET
def checklist_file(request: PageRequest, checklist_id: UUID) -> FileResponse:
    """The file of a version as a download, never shown in the browser; the right is asked for anew, the fetch kept."""
    found, kind = checklists.fetch_checklist(checklist_id, actor=request.actor, at=clock.now())
    response = FileResponse(
        found.path.open("rb"), as_attachment=True, filename=found.name, content_type=CONTENT_TYPES[kind]
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
