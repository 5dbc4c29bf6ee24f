"""Who is in charge of a site: whom to tell."""

from uuid import UUID

from outpost.access.queries import accounts_over
from outpost.core.rights import Role
from outpost.regions.rules import REGION
from outpost.sites.models import Contract
from outpost.sites.rules.entering import CONTRACT


def leads_of(contract: Contract) -> list[UUID]:
    """The accounts of the project lead."""
    key = str(contract.id)
    return list(accounts_over(Role.SITE_LEAD, CONTRACT, [key]).get(key, []))


def in_charge(contract: Contract) -> list[UUID]:
    """The same and those of the officers of the town."""
    town = contract.project.region_id
    return [*leads_of(contract), *accounts_over(Role.TOWN, REGION, [town]).get(town, [])]


def may_agree(contract: Contract, *, besides: str) -> list[UUID]:
    """Who is asked for the second word about somebody of a site, `besides` whoever spoke first (`Actor.id`): the town;
    where nobody else is there, the command."""
    town = contract.project.region
    for role, place in ((Role.TOWN, town.code), (Role.COMMAND, town.parent_id or "")):
        held = accounts_over(role, REGION, [place]).get(place, [])
        if others := [one for one in held if f"user:{one}" != besides]:
            return others
    return []
