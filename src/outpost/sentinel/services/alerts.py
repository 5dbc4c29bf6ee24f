"""Alerts 告警: who is told, and the messages of nine o'clock."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.alerts.recipients import AlertMedium, media_of, officers, principals, refuse_others
from outpost.alerts.rounds import Telling, send_round
from outpost.audit import editing
from outpost.audit import services as audit
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.db import hold_lock
from outpost.core.ids import new_id
from outpost.core.rights import Role
from outpost.notifications.queries import channels_on
from outpost.notifications.recipients import Medium
from outpost.sentinel import links
from outpost.sentinel.actions import EDIT_CATEGORIES, RUN_MATCH, SEE_COMPLIANCE
from outpost.sentinel.models import AlertRecipient, AlertRound, AlertSetting, Category, MatchRun
from outpost.sentinel.queries import alerts as queries
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.alerts import SET, DayFigures, Figure


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
def set_alert(entry: AlertEntry, *, actor: Actor, at: datetime, seen: str = "") -> AlertSetting:
    """Keep a category's setting. `seen` is what the form showed (`audit.editing`).

    Raises Refusal: 403, NOT_FOUND out of reach, ALERT_MEDIUM, ALERT_RECIPIENT, EDITED_MEANWHILE.
    """
    actor.require(SET)
    category = categories.category(entry.category, actor=actor, action=SET)
    media_of(entry.media)
    hold_lock("sentinel.alert_setting")
    editing.refuse_unread(seen, queries.edited_alert(category.code))
    _keep_recipients(category, entry.seniors, at=at)
    setting, _is_new = AlertSetting.objects.update_or_create(
        category=category,
        defaults={
            **{name: getattr(entry, name) for name in queries.FLAGS},
            "media": sorted(set(entry.media)),
            "updated_at": at,
        },
    )
    detail = {"is_on": entry.is_on, "recipients": len(entry.seniors), "media": " ".join(setting.media)}
    audit.record("sentinel.alert_set", actor=actor, at=at, object_id=category.code, detail=detail)
    return setting


@transaction.atomic
def set_command_group(users: Sequence[UUID], *, actor: Actor, at: datetime, seen: str = "") -> None:
    """Say who gets the summary of all categories. `seen` is what the form showed (`audit.editing`).

    Raises Refusal: 403, ALERT_RECIPIENT, EDITED_MEANWHILE.
    """
    actor.require(EDIT_CATEGORIES)
    hold_lock("sentinel.command_group")
    editing.refuse_unread(seen, queries.edited_command_group())
    _keep_recipients(None, users, at=at)
    audit.record("sentinel.command_group_set", actor=actor, at=at, count=len(users))


def _keep_recipients(category: Category | None, users: Sequence[UUID], *, at: datetime) -> None:
    mine = AlertRecipient.objects.filter(category=category)
    known = set(mine.values_list("user_id", flat=True))
    fresh = set(users) - known
    refuse_others(fresh)
    mine.exclude(user__in=users).delete()
    AlertRecipient.objects.bulk_create(
        AlertRecipient(id=new_id(), category=category, user_id=user, added_at=at) for user in fresh
    )


@transaction.atomic
def send_alerts(on: date, *, actor: Actor, at: datetime) -> int:
    """Send the messages of one day, once: a repetition, or a day without a match, sends nothing. Returns how many.

    One message a recipient and category, one a principal, one summary a member of the command group; each counts
    what lies in the recipient's own scope, and where nobody missed there is no message but the summary. The channels
    of groups that are on get the summary of the whole district: they have no scope, and it names no one.
    """
    actor.require(RUN_MATCH)
    if not MatchRun.objects.filter(on=on, is_latest=True).exists():
        return 0
    sent = send_round(AlertRound, lambda: _tellings(on, at), on=on, at=at)
    if sent is None:
        return 0
    audit.record("sentinel.alerts_sent", actor=actor, at=at, object_id=on.isoformat(), count=sent)
    return sent


def _tellings(on: date, at: datetime) -> Iterator[Telling]:
    settings = list(
        AlertSetting.objects.filter(is_on=True, category__is_active=True).select_related("category")
    )
    found = queries.DayFigures.read(on, at=at)
    yield from _to_officers(settings, found, at)
    yield from _to_principals([setting for setting in settings if setting.tells_principals], found)
    yield from _to_command_group(found)
    yield from _to_groups(found)


def _to_officers(settings: Sequence[AlertSetting], found: DayFigures, at: datetime) -> Iterator[Telling]:
    seniors = {setting.category_id: set(queries.recipients(setting.category_id)) for setting in settings}
    for user, officer in officers():
        told = [
            one
            for one in settings
            if user in seniors[one.category_id]
            or (one.tells_department and Role.BUREAU in officer.roles)
            or (one.tells_towns and Role.TOWN in officer.roles)
        ]
        figures = found.by_category(officer.reach(SEE_COMPLIANCE)) if told else {}
        for setting in told:
            figure = figures.get(setting.category_id)
            if figure is not None and figure.missed:
                yield Telling(
                    "sentinel.alert",
                    (user,),
                    media_of(setting.media),
                    {"category": setting.category.name, **_counts([figure])},
                    links.address_of(setting.category_id, found.on, at=at),
                    f"{setting.category_id}:{user}",
                )


def _to_principals(settings: Sequence[AlertSetting], found: DayFigures) -> Iterator[Telling]:
    media = media_of({medium for setting in settings for medium in setting.media})
    figures = found.by_organization(setting.category_id for setting in settings)
    missed = {organization: figure for organization, figure in figures.items() if figure.missed}
    for organization, users in principals(missed).items():
        values = _counts([missed[organization]])
        due = reverse("sentinel:due")
        yield Telling("sentinel.alert_own", tuple(users), media, values, due, str(organization))


def _to_command_group(found: DayFigures) -> Iterator[Telling]:
    members = set(queries.recipients(None))
    for user, officer in officers() if members else ():
        figures = found.by_category(officer.reach(SEE_COMPLIANCE)) if user in members else {}
        if figures:
            yield _summary(found.on, figures, about=str(user), users=(user,))


def _to_groups(found: DayFigures) -> Iterator[Telling]:
    groups = tuple(channel.id for channel in channels_on() if channel.medium == Medium.GROUP)
    figures = found.by_category(EVERYTHING) if groups else {}
    if figures:
        yield _summary(found.on, figures, about="groups", groups=groups)


def _summary(
    on: date,
    figures: Mapping[str, Figure],
    *,
    about: str,
    users: tuple[UUID, ...] = (),
    groups: tuple[UUID, ...] = (),
) -> Telling:
    return Telling(
        "sentinel.alert_summary",
        users,
        media_of(AlertMedium.codes()),
        {"categories": len(figures), **_counts(figures.values())},
        f"{reverse('sentinel:compliance')}?on={on}",
        f"summary:{about}",
        groups,
    )


def _counts(figures: Collection[Figure]) -> dict[str, int]:
    return {"missed": sum(one.missed for one in figures), "judged": sum(one.judged for one in figures)}
