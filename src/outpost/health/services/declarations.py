"""Declarations 健康申报: how files of them are merged, and what somebody declares by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import hold_lock
from outpost.exchange.target import Becomes, Watch, stays
from outpost.fields.specs import FieldValue
from outpost.health import followers, latest, pass_facts
from outpost.health.models import Declaration
from outpost.health.rules import FEVER_ABOVE, OWN, STATED
from outpost.health.sealing import declaration_id, seal_texts
from outpost.health.services.records import (
    OTHER_NAME,
    OTHER_PERSON,
    RECORD,
    STAYS_WITHDRAWN,
    Recorded,
    Staged,
    record,
    target_of,
)

DECLARATION_STAGING = {
    "source": "text",
    "record_id": "text",
    "id": "uuid",
    "person_id": "uuid",
    "declared_at": "timestamptz",
    "destination": "text",
    "departure": "text",
    "travelled_on": "date",
    "travel_mode": "text",
    "vehicle": "text",
    "stopovers": "text",
    "was_in_risk_area": "boolean",
    "temperature": "numeric(3,1)",
    "symptoms": "text[]",
    "answers": "jsonb",
    "sealed": "bytea",
    "stated_hash": "bytea",
    "is_withdrawn": "boolean",
    "is_corrected": "boolean",
    "name_hash": "bytea",
}
_TEXTS = ("destination", "departure", "travel_mode", "vehicle", "stopovers")
_OTHERS = ("travelled_on", "was_in_risk_area", "temperature", "symptoms")
_UNSTATED = (*_TEXTS, *_OTHERS, "is_withdrawn")


def _of_person(column: str) -> Becomes:
    """A sealed text goes with the person, like the name."""
    kept = f"coalesce(s.{column}, t.{column})"
    return Becomes(f"CASE WHEN s.person_id = t.person_id THEN {kept} ELSE s.{column} END", f"s.{column}")


DECLARATIONS = target_of(
    "health_declaration",
    DECLARATION_STAGING,
    {
        **{text: stays(text, "''") for text in _TEXTS},
        **{column: stays(column) for column in _OTHERS},
        "answers": Becomes(
            "CASE WHEN s.answers IS NULL THEN t.answers ELSE coalesce(t.answers, '{}') || s.answers END",
            "s.answers",
        ),
        "sealed": _of_person("sealed"),
        "stated_hash": _of_person("stated_hash"),
    },
    Watch(unlike=OTHER_PERSON, is_stated="s.is_corrected", met=OTHER_NAME, known=STAYS_WITHDRAWN),
    last="s.is_corrected DESC, s.row_no DESC",
    folded={column: f"s.{column} IS NOT NULL" for column in (*_UNSTATED, "answers", "sealed", "stated_hash")},
)


def record_declarations(rows: Sequence[Staged], *, actor: Actor, at: datetime) -> list[Recorded]:
    """Store declarations; like `record_tests`, with rows as DECLARATION_STAGING names them."""
    actor.require(RECORD)
    kept = latest.DECLARATIONS
    return record("declarations", DECLARATIONS, DECLARATION_STAGING, kept, rows, actor=actor, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What somebody declares. `symptoms`: none, or their names; texts are empty where nothing is said."""

    symptoms: tuple[str, ...]
    was_in_risk_area: bool
    temperature: Decimal | None = None
    destination: str = ""
    departure: str = ""
    travelled_on: date | None = None
    travel_mode: str = ""
    vehicle: str = ""
    stopovers: str = ""
    phone: str = ""
    home: str = ""
    sent_from: str = ""
    answers: Mapping[str, FieldValue] = field(default_factory=dict)

    @property
    def is_ill(self) -> bool:
        """Whether it states a symptom; a fever is one, whatever else is said."""
        return bool(self.symptoms) or (self.temperature is not None and self.temperature > FEVER_ABOVE)


@transaction.atomic
def declare(
    person_id: UUID,
    declared: Declared,
    *,
    key: UUID,
    is_seen: bool,
    actor: Actor,
    at: datetime,
    named: bytes | None = None,
) -> bool:
    """Take a declaration over that somebody made for this person; the pass follows at once where an officer has seen
    who speaks for them. Whether it was new.

    `key` is the caller's own id of it: the same again changes nothing. `named`: the hash of the name under which the
    person was stated, so that whoever states a number under another name declares for nobody. The caller has checked
    that the actor may speak for the person, and what was typed.
    """
    hold_lock(f"health.declare:{person_id}")
    source = OWN if is_seen else STATED
    id_ = declaration_id(source, str(key))
    if Declaration.objects.filter(source=source, record_id=str(key)).exists():
        return False
    stated = {name: getattr(declared, name) for name in (*_TEXTS, *_OTHERS)}
    texts = {"phone": declared.phone, "home": declared.home, "sent_from": declared.sent_from}
    sealed, stated_hash = seal_texts(ring(), id_, texts)
    Declaration(
        source=source,
        record_id=str(key),
        id=id_,
        person_id=person_id,
        name_hash=named,
        declared_at=at,
        received_at=at,
        sealed=sealed,
        stated_hash=stated_hash,
        answers=dict(declared.answers) or None,
        **stated | {"symptoms": list(declared.symptoms)},
    ).save(force_insert=True)
    if is_seen:
        pass_facts.take_declaration(
            person_id, at, has_symptoms=declared.is_ill, was_in_risk_area=declared.was_in_risk_area
        )
    if declared.home:
        followers.tell_declared([person_id])
    audit.record("health.declared", actor=actor, at=at, object_id=id_)
    return True
