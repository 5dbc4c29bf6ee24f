"""Alerts 告警: who is told, and the messages of nine o'clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access import queries as access
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.rights import OFFICERS, Role
from outpost.notifications.recipients import Account, Medium
from outpost.notifications.services import send
from outpost.sentinel import links
from outpost.sentinel.actions import EDIT_CATEGORIES, RUN_MATCH, SEE_COMPLIANCE
from outpost.sentinel.errors import ALERT_MEDIUM, ALERT_RECIPIENT
from outpost.sentinel.models import ALERT_MEDIA, AlertRecipient, AlertRound, AlertSetting, Category, MatchRun
from outpost.sentinel.queries import alerts as queries
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.alerts import SET, Figure


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """告警设置 of one category as an officer states it; `seniors` are accounts, `media` beside the inbox."""

    category: str
    is_on: bool
    tells_department: bool = True
    tells_towns: bool = True
    tells_principals: bool = False
    media: tuple[str, ...] = ()
    seniors: tuple[UUID, ...] = ()


@transaction.atomic
def set_alert(entry: AlertEntry, *, actor: Actor, at: datetime) -> AlertSetting:
    """Keep a category's setting. Raises Refusal: 403, NOT_FOUND out of reach, ALERT_MEDIUM, ALERT_RECIPIENT."""
    actor.require(SET)
    category = categories.category(entry.category, actor=actor, action=SET)
    for medium in set(entry.media) - set(ALERT_MEDIA):
        raise Refusal(ALERT_MEDIUM, found=medium, known="、".join(ALERT_MEDIA))
    _keep_recipients(category, entry.seniors, at=at)
    setting, _is_new = AlertSetting.objects.update_or_create(
        category=category,
        defaults={
            "is_on": entry.is_on,
            "tells_department": entry.tells_department,
            "tells_towns": entry.tells_towns,
            "tells_principals": entry.tells_principals,
            "media": sorted(set(entry.media)),
            "updated_at": at,
        },
    )
    detail = {"is_on": entry.is_on, "recipients": len(entry.seniors), "media": " ".join(setting.media)}
    audit.record("sentinel.alert_set", actor=actor, at=at, object_id=category.code, detail=detail)
    return setting


@transaction.atomic
def set_command_group(users: Sequence[UUID], *, actor: Actor, at: datetime) -> None:
    """Say who gets the summary of all categories. Raises Refusal: 403, ALERT_RECIPIENT."""
    actor.require(EDIT_CATEGORIES)
    _keep_recipients(None, users, at=at)
    audit.record("sentinel.command_group_set", actor=actor, at=at, count=len(users))


def _keep_recipients(category: Category | None, users: Sequence[UUID], *, at: datetime) -> None:
    mine = AlertRecipient.objects.filter(category=category)
    known = set(mine.values_list("user_id", flat=True))
    fresh = set(users) - known
    if fresh - set(queries.officers()):
        raise Refusal(ALERT_RECIPIENT)
    mine.exclude(user__in=users).delete()
    AlertRecipient.objects.bulk_create(
        AlertRecipient(id=new_id(), category=category, user_id=user, added_at=at) for user in fresh
    )


@transaction.atomic
def send_alerts(on: date, *, actor: Actor, at: datetime) -> int:
    """Send the messages of one day, once: a repetition, or a day without a match, sends nothing. Returns how many.

    One message a recipient and category, one a principal, one summary a member of the command group; each counts
    what lies in the recipient's own scope, and where nobody missed there is no message but the summary.
    """
    actor.require(RUN_MATCH)
    hold_lock("sentinel.alerts")
    is_matched = MatchRun.objects.filter(on=on, is_latest=True).exists()
    if not is_matched or AlertRound.objects.filter(on=on).exists():
        return 0
    settings = list(
        AlertSetting.objects.filter(is_on=True, category__is_active=True).select_related("category")
    )
    sent = _tell_officers(settings, on, at) + _tell_principals(settings, on, at) + _tell_command_group(on, at)
    AlertRound.objects.create(on=on, sent_at=at, messages=sent)
    audit.record("sentinel.alerts_sent", actor=actor, at=at, object_id=on.isoformat(), count=sent)
    return sent


def _tell_officers(settings: Iterable[AlertSetting], on: date, at: datetime) -> int:
    seniors = {setting.category_id: set(queries.recipients(setting.category_id)) for setting in settings}
    sent = 0
    for user, officer in access.holders(OFFICERS):
        told = [
            one
            for one in settings
            if user in seniors[one.category_id]
            or (one.tells_department and Role.BUREAU in officer.roles)
            or (one.tells_towns and Role.TOWN in officer.roles)
        ]
        figures = queries.figures(on, officer.reach(SEE_COMPLIANCE)) if told else {}
        for setting in told:
            figure = figures.get(setting.category_id)
            if figure is not None and figure.missed:
                _send_alert(setting, user, figure, on, at)
                sent += 1
    return sent


def _send_alert(setting: AlertSetting, user: UUID, figure: Figure, on: date, at: datetime) -> None:
    send(
        "sentinel.alert",
        recipients=[Account(user, _media(setting.media))],
        values={
            "category": setting.category.name,
            "on": on.isoformat(),
            "missed": figure.missed,
            "judged": figure.judged,
        },
        url=links.address_of(setting.category_id, on, at=at),
        dedupe=f"alert:{on}:{setting.category_id}:{user}",
        at=at,
    )


def _tell_principals(settings: Iterable[AlertSetting], on: date, at: datetime) -> int:
    told = [setting for setting in settings if setting.tells_principals]
    if not told:
        return 0
    media = _media({medium for setting in told for medium in setting.media})
    figures = queries.figures_of_organizations(on, [setting.category_id for setting in told])
    missed = {organization: figure for organization, figure in figures.items() if figure.missed}
    sent = 0
    for organization, users in queries.principals(missed).items():
        figure = missed[organization]
        send(
            "sentinel.alert_own",
            recipients=[Account(user, media) for user in users],
            values={"on": on.isoformat(), "missed": figure.missed, "judged": figure.judged},
            url=reverse("sentinel:due"),
            dedupe=f"alert:{on}:{organization}",
            at=at,
        )
        sent += len(users)
    return sent


def _tell_command_group(on: date, at: datetime) -> int:
    members = set(queries.recipients(None))
    sent = 0
    for user, officer in access.holders(OFFICERS) if members else ():
        figures = queries.figures(on, officer.reach(SEE_COMPLIANCE))
        if user not in members or not figures:
            continue
        send(
            "sentinel.alert_summary",
            recipients=[Account(user, _media(ALERT_MEDIA))],
            values={
                "on": on.isoformat(),
                "categories": len(figures),
                "missed": sum(figure.missed for figure in figures.values()),
                "judged": sum(figure.judged for figure in figures.values()),
            },
            url=f"{reverse('sentinel:compliance')}?on={on}",
            dedupe=f"alert:{on}:summary:{user}",
            at=at,
        )
        sent += 1
    return sent


def _media(chosen: Iterable[str]) -> frozenset[Medium]:
    return frozenset({Medium.INBOX, *map(Medium, chosen)})
