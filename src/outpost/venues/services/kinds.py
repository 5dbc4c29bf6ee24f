"""Writes of 场所类型: how a kind is called, how long people stay, which department answers for its venues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from outpost.audit import editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.regions import queries as regions
from outpost.venues import errors
from outpost.venues.actions import EDIT_KINDS
from outpost.venues.models import Kind
from outpost.venues.queries.kinds import KIND_SET, edited_kind


@dataclass(frozen=True, slots=True)
class KindEntry:
    """What is stated of a kind; `department` empty where none answers for it."""

    name: str
    name_en: str
    usual_minutes: int
    department: str = ""


@transaction.atomic
def set_kind(entry: KindEntry, *, code: str = "", actor: Actor, at: datetime, seen: str = "") -> Kind:
    """Make a kind, or bring the one of this code to what is stated; what is so already changes nothing.

    The department's officers see the venues of the kind from now on, those of the one before no more: the audit keeps
    both. Raises Refusal: 403, NOT_FOUND, KIND_TAKEN, EDITED_MEANWHILE.
    """
    actor.require(EDIT_KINDS)
    kind = _locked(code) if code else Kind(code=str(new_id()), position=_next_position())
    if code:
        editing.refuse_unread(seen, edited_kind(kind))
    before = edited_kind(kind).texts if code else {}
    kind.name, kind.name_en = entry.name, entry.name_en
    kind.usual_minutes, kind.department_id = entry.usual_minutes, _department(entry.department)
    after = edited_kind(kind).texts
    if after == before:
        return kind
    try:
        with transaction.atomic():
            kind.save(force_insert=not code)
    except IntegrityError as error:
        raise Refusal(errors.KIND_TAKEN, name=entry.name, column="name") from error
    audit.record(KIND_SET, actor=actor, at=at, object_id=kind.code, detail=_changes(before, after))
    return kind


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What the audit keeps: codes and numbers."""
    return {
        name: f"{before.get(name) or '–'} → {after[name] or '–'}"
        for name in ("department", "usual_minutes")
        if before.get(name, "") != after[name]
    }


def _locked(code: str) -> Kind:
    return or_not_found(Kind.objects.select_for_update(of=("self",)).filter(code=code).first())


def _department(code: str) -> str | None:
    if code and code not in {one.code for one in regions.departments()}:
        raise Refusal(NOT_FOUND)
    return code or None


def _next_position() -> int:
    last: int | None = Kind.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
