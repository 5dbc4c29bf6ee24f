"""Who changed what of a row of a ledger, and when: masked as the reader may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from outpost.audit import versions
from outpost.audit.differences import Difference, Mask, masked
from outpost.audit.versions import Change
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.sentinel.actions import SEE_ORGANIZATIONS
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries import texts

EDITED = "sentinel.restated"


def history_of(member: StaffMember, *, actor: Actor) -> list[Change]:
    """The changes of the row of a member that lies in reach (`queries.staff.member_of`), the latest first."""
    kept = versions.versions_of(
        "sentinel_staffmember", member.id, f"{member.enrolment_id}/{member.person_id}"
    )
    states = texts.of_versions(member, [one.row for one in kept])
    masks = texts.masks_for(actor, member.enrolment.organization_id, Audience.STAFF)
    return _masked(versions.changes(kept, states), masks)


def organization_history(enrolment_id: UUID, *, actor: Actor) -> list[Change]:
    """The changes of an organisation and of its standing in the category, as one list, the latest first.

    Raises NOT_FOUND outside the actor's scope.
    """
    found = Enrolment.objects.visible_to(actor, SEE_ORGANIZATIONS).current().filter(id=enrolment_id)
    enrolment = or_not_found(found.select_related("organization").first())
    organization = enrolment.organization
    key = f"{enrolment.category_id}/{organization.id}"
    standing = versions.versions_of("sentinel_enrolment", enrolment.id, key)
    key = f"{organization.region_id}/{organization.name}"
    place = versions.versions_of("regions_organization", organization.id, key)
    fields = [texts.own_fields(one) for one in (enrolment.fields, *(one.row["fields"] for one in standing))]
    states = [texts.of_organization(row) for row in (vars(organization), *(one.row for one in place))]
    both = _joined([*versions.changes(place, states), *versions.changes(standing, fields)])
    masks = texts.masks_for(actor, organization.id, Audience.ORGANIZATION)
    return _masked(both, {**masks, **texts.place_names(states)})


def _joined(changes: Sequence[Change]) -> list[Change]:
    """Changes of two rows in one act as one; an edit that changed nothing is left out."""
    acts: dict[tuple[object, str], Change] = {}
    for one in changes:
        same = acts.get((one.at, one.cause))
        found: tuple[Difference, ...] = (
            one.differences if same is None else same.differences + one.differences
        )
        acts[one.at, one.cause] = replace(one, differences=found)
    told = [one for one in acts.values() if one.differences or one.cause != EDITED]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _masked(changes: Sequence[Change], masks: Mapping[str, Mask]) -> list[Change]:
    return [replace(one, differences=masked(one.differences, masks)) for one in changes]
