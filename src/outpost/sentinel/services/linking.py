"""Writes of a staff member's further documents: who reaches the person links one on sight of both papers."""

from datetime import datetime
from uuid import UUID

from outpost.core.actor import Actor
from outpost.people.actions import DECIDE_CLAIMS
from outpost.people.grounds import LinkGround, UnlinkReason
from outpost.people.links import link_documents, unlink_documents
from outpost.people.real_names import Statement
from outpost.sentinel.queries.staff import member_of


def link_staff(staff_id: UUID, stated: Statement, ground: LinkGround, *, actor: Actor, at: datetime) -> None:
    """Let the facts of a second document count for a staff member. Raises Refusal NOT_FOUND outside the actor's reach,
    and as `people.links.link_documents`."""
    member = member_of(staff_id, actor=actor, action=DECIDE_CLAIMS)
    link_documents(member.person_id, stated, ground, actor=actor, at=at)


def unlink_staff(staff_id: UUID, link_id: UUID, reason: UnlinkReason, *, actor: Actor, at: datetime) -> None:
    """Let a linked document count no longer. Raises Refusal NOT_FOUND outside the actor's reach, and for no link of
    this person."""
    member = member_of(staff_id, actor=actor, action=DECIDE_CLAIMS)
    unlink_documents(member.person_id, link_id, reason, actor=actor, at=at)
