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
    return [*leads_of(contract), *_town_of(contract)]


def may_agree(contract: Contract, *, besides: str) -> list[UUID]:
    """Who is asked for the second word about somebody of a site, `besides` whoever spoke first (`Actor.id`): the town;
    where nobody else is there, the command."""
    district = contract.project.region.parent_id or ""
    command = accounts_over(Role.COMMAND, REGION, [district]).get(district, [])
    of_town, of_command = (
        [one for one in those if f"user:{one}" != besides] for those in (_town_of(contract), command)
    )
    return of_town or of_command


def _town_of(contract: Contract) -> list[UUID]:
    town = contract.project.region_id
    return accounts_over(Role.TOWN, REGION, [town]).get(town, [])
