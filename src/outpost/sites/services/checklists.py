"""复工检查表: uploaded in versions, submitted, judged by the station, fetched while the right holds."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from outpost.access.throttle import HOUR, Limit, count
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.papers.cleaning import Paper
from outpost.core.papers.rules import ENDINGS, PaperKind
from outpost.core.text import says_something
from outpost.exchange.files import Download, Stored
from outpost.sites import errors, papers
from outpost.sites.actions import JUDGE_CHECKLIST, SEE_PREVENTION, SEND_CHECKLIST
from outpost.sites.models import Contract
from outpost.sites.models.prevention import Checklist
from outpost.sites.queries.contracts import contract_seen
from outpost.sites.rules.prevention import ChecklistState
from outpost.sites.services.prevention import lock_contract
from outpost.sites.services.telling import tell_verdict

UPLOADS = Limit("sites.uploads", 60, HOUR)
"""What one account may let be opened: each takes a second of work."""
UPLOADED, SUBMITTED, JUDGED = (
    "sites.checklist_uploaded",
    "sites.checklist_submitted",
    "sites.checklist_judged",
)
FETCHED = "sites.checklist_fetched"


def upload_checklist(contract_id: UUID, chunks: Iterable[bytes], *, actor: Actor, at: datetime) -> Checklist:
    """Take in a scan or photo as the draft of the next version, in place of a draft that is there.

    Raises Refusal: 403, NOT_FOUND, TOO_MANY_UPLOADS; what is wrong with the file (`core.papers.errors`).
    """
    actor.require(SEND_CHECKLIST)
    contract_seen(contract_id, actor=actor, action=SEND_CHECKLIST)
    count(UPLOADS, actor.id, problem=errors.TOO_MANY_UPLOADS, at=at)
    checklist_id = new_id()
    paper, stored = papers.keep(checklist_id, chunks)
    try:
        return _as_draft(contract_id, checklist_id, paper, stored, actor=actor, at=at)
    except BaseException:
        papers.forget(checklist_id)
        raise


@transaction.atomic
def _as_draft(
    contract_id: UUID, checklist_id: UUID, paper: Paper, stored: Stored, *, actor: Actor, at: datetime
) -> Checklist:
    contract = lock_contract(contract_id, actor=actor, action=SEND_CHECKLIST)
    _drop_draft(contract)
    last = Checklist.objects.filter(contract=contract).aggregate(last=Max("version"))["last"] or 0
    draft = Checklist(
        id=checklist_id,
        contract=contract,
        version=last + 1,
        kind=paper.kind.value,
        pages=paper.pages,
        size=stored.size,
        sha256=stored.sha256,
        uploaded_at=at,
        uploaded_by=actor.label,
    )
    draft.save(force_insert=True)
    audit.record(UPLOADED, actor=actor, at=at, object_id=draft.id, detail={"sha256": stored.sha256})
    return draft


def _drop_draft(contract: Contract) -> None:
    for draft in Checklist.objects.filter(contract=contract, state=ChecklistState.DRAFT):
        former = draft.id
        draft.delete()
        transaction.on_commit(lambda former=former: papers.forget(former))  # type: ignore[misc]


@transaction.atomic
def submit_checklist(checklist_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """提交: send the draft to the station; twice is once. Returns the contract. Raises Refusal: 403, NOT_FOUND,
    NO_DRAFT."""
    found = _locked(checklist_id, actor=actor, action=SEND_CHECKLIST)
    if found.state == ChecklistState.SUBMITTED:
        return found.contract_id
    if found.state != ChecklistState.DRAFT:
        raise Refusal(errors.NO_DRAFT)
    found.state, found.submitted_at, found.submitted_by = ChecklistState.SUBMITTED.value, at, actor.label
    found.save(update_fields=["state", "submitted_at", "submitted_by"])
    audit.record(SUBMITTED, actor=actor, at=at, object_id=found.id)
    return found.contract_id


@transaction.atomic
def judge_checklist(
    checklist_id: UUID, verdict: ChecklistState, reason: str, *, actor: Actor, at: datetime
) -> UUID:
    """The station's word on the latest version: accepted, or to be mended and why. Returns the contract.

    Raises Refusal: 403, NOT_FOUND, NOT_TO_JUDGE, MENDING_MISSING.
    """
    found = _locked(checklist_id, actor=actor, action=JUDGE_CHECKLIST)
    later = Checklist.objects.filter(contract=found.contract_id, version__gt=found.version)
    if found.state != ChecklistState.SUBMITTED or later.exclude(state=ChecklistState.DRAFT).exists():
        raise Refusal(errors.NOT_TO_JUDGE)
    if verdict is ChecklistState.TO_MEND and not says_something(reason):
        raise Refusal(errors.MENDING_MISSING, column="reason")
    found.state, found.reason = verdict.value, reason.strip()
    found.judged_at, found.judged_by = at, actor.label
    found.save(update_fields=["state", "reason", "judged_at", "judged_by"])
    tell_verdict(found, at=at)
    audit.record(JUDGED, actor=actor, at=at, object_id=found.id, detail={"verdict": verdict.value})
    return found.contract_id


def _locked(checklist_id: UUID, *, actor: Actor, action: str) -> Checklist:
    """The version, its contract being locked before it: versions are written one at a time."""
    actor.require(action)
    mine = Checklist.objects.visible_to(actor, action).current()
    found = or_not_found(mine.filter(id=checklist_id).first())
    lock_contract(found.contract_id, actor=actor, action=action)
    return or_not_found(mine.filter(id=checklist_id).first())  # replaced meanwhile?


@transaction.atomic
def fetch_checklist(checklist_id: UUID, *, actor: Actor, at: datetime) -> tuple[Download, PaperKind]:
    """The file of a version, recorded. The right is asked for anew each time. Raises Refusal: 403, NOT_FOUND,
    PAPER_GONE."""
    actor.require(SEE_PREVENTION)
    mine = Checklist.objects.visible_to(actor, SEE_PREVENTION).current().select_related("contract")
    found = or_not_found(mine.filter(id=checklist_id).first())
    path = papers.paper_file(found.id)
    if not path.is_file():
        raise Refusal(errors.PAPER_GONE)
    kind = PaperKind(found.kind)
    name = _("Resumption checklist") + f"-{found.contract.number}-v{found.version}.{ENDINGS[kind]}"
    audit.record(FETCHED, actor=actor, at=at, object_id=found.id)
    return Download(path, name), kind
