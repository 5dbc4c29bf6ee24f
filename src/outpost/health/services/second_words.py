"""What rule sets of any kind share: proposed by one officer, decided by another, told to officers and auditors, and
recorded, each step with how many people it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Max
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.core.rights import Action
from outpost.health.models.rule_sets import ProposedRules
from outpost.notifications.recipients import Account
from outpost.notifications.services.sending import send

Row = TypeVar("Row", bound=ProposedRules)
_DECIDED = ("version", "decided_by", "decided_label", "decided_at")


@dataclass(frozen=True, slots=True)
class RuleSets:
    """One kind. `stem`: of its messages and audit actions; `page`: where it is decided."""

    stem: str
    action: Action
    page: str

    def ask(self, row: ProposedRules, *, actor: Actor, at: datetime) -> None:
        """Let a new set wait."""
        row.asked_by, row.asked_label, row.asked_at = actor.id, actor.label, at
        row.save(force_insert=True)

    def decide(
        self, waiting: Iterable[Row], proposal_id: UUID, is_agreed: bool, actor: Actor, at: datetime
    ) -> Row:
        """Decide about one of those that wait, under the caller's lock. Raises NOT_FOUND for one of the actor's own."""
        others = {row.id: row for row in waiting if row.asked_by != actor.id}
        row = or_not_found(others.get(proposal_id))
        if is_agreed:
            known = type(row)._default_manager  # noqa: SLF001 - the way to the rows of any model
            row.version = (known.aggregate(last=Max("version"))["last"] or 0) + 1
        row.decided_by, row.decided_label, row.decided_at = actor.id, actor.label, at
        row.save(update_fields=_DECIDED)
        return row

    def tell(
        self,
        what: str,
        row: ProposedRules,
        people: int,
        detail: Mapping[str, object],
        *,
        actor: Actor,
        at: datetime,
    ) -> None:
        """Tell of a step, and record it. The page opens for who may decide there; who audits is told alone."""
        code, key = f"health.{self.stem}_{what}", f"{self.stem}:{row.id}:{what}"
        deciding, auditing = ({user.id for user in users_who_may(one)} for one in (self.action, SEE_AUDIT))
        for accounts, url, dedupe in (
            (deciding, reverse(self.page), key),
            (auditing - deciding, "", f"{key}:audit"),
        ):
            recipients = [Account(one) for one in sorted(accounts)]
            send(code, recipients=recipients, values={"people": people}, url=url, dedupe=dedupe, at=at)
        told = {"version": row.version, "asked_by": row.asked_by, **detail}
        audit.record(code, actor=actor, at=at, object_id=row.id, count=people, detail=told)
