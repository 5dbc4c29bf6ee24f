"""Who can be told: officers by name or by role, principals of an organisation; and by which media."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from outpost.access import queries as access
from outpost.alerts.errors import ALERT_MEDIUM, ALERT_RECIPIENT
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.rights import OFFICERS, Role
from outpost.core.vocabulary import Vocabulary, Word
from outpost.notifications.recipients import Medium
from outpost.regions.rules import ORGANIZATION


class AlertMedium(Vocabulary):
    """The media of alerts beside the inbox."""

    WECOM = Word(Medium.WECOM.value, "企业微信", "WeCom")
    SMS = Word(Medium.SMS.value, "短信", "SMS")
    EMAIL = Word(Medium.EMAIL.value, "电子邮件", "E-mail")


def media_of(chosen: Iterable[str]) -> frozenset[Medium]:
    """Ways to send by. Raises Refusal: ALERT_MEDIUM for one that is not known."""
    for medium in set(chosen) - set(AlertMedium):
        raise Refusal(ALERT_MEDIUM, found=medium, known="、".join(AlertMedium.codes()))
    return frozenset(map(Medium, chosen))


def officers() -> list[tuple[UUID, Actor]]:
    """Every active officer, with what lies in reach of whom."""
    return access.holders(OFFICERS)


def officers_by_name() -> dict[UUID, str]:
    """Who may be chosen as a recipient, by account, with the name to show."""
    return {user: officer.label for user, officer in officers()}


def refuse_others(users: Collection[UUID]) -> None:
    """Raise ALERT_RECIPIENT when one of them is no active officer."""
    if users and set(users) - set(officers_by_name()):
        raise Refusal(ALERT_RECIPIENT)


def principals(organizations: Iterable[UUID]) -> Mapping[UUID, list[UUID]]:
    """By organisation, the active accounts of its principals."""
    keys = [str(organization) for organization in organizations]
    found = access.accounts_over(Role.PRINCIPAL, ORGANIZATION, keys)
    return {UUID(key): users for key, users in found.items()}
