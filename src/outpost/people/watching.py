"""Watching over who reads identities: counted from the audit after every look, told to those who keep rights and audit.

Nothing is blocked: in an outbreak a wrong block costs more than an alert that an administrator can answer by taking the
right back, which counts from the next request.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from outpost.access import tries
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.queries import users_who_may
from outpost.access.services.principals import PRINCIPAL_CHANGED
from outpost.audit import queries as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.audit.models import AuditEntry
from outpost.audit.services import record
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.ids import new_id
from outpost.notifications.recipients import PERSONAL, Account, Medium
from outpost.notifications.services import send
from outpost.people.queries import OWN_STAFF_SEEN, REVEALED
from outpost.people.unusual import Look, Rule, Signal, UnusualLimits, signals

WATCHER = Actor.system("people.watch")
WRITTEN, APPROVED = "exchange.export_written", "exchange.export_approved"
MEDIA = frozenset({Medium.INBOX}) | PERSONAL
LOCK = "people.watch"
TAKEN_OUT = ("sentinel.staff_removed", "sentinel.staff_restated")
SHORT_LIVED = 20
NEW_IN_CHARGE = timedelta(days=7)


def limits() -> UnusualLimits:
    """The limits of this deployment."""
    return UnusualLimits(
        people=settings.OUTPOST_UNUSUAL_PEOPLE,
        readers=settings.OUTPOST_UNUSUAL_READERS,
        night=settings.OUTPOST_UNUSUAL_NIGHT,
        exports=settings.OUTPOST_SECOND_PERSON_ROWS,
    )


@transaction.atomic
def watch(on: date, *, at: datetime) -> list[Signal]:
    """Tell what is unusual in the looks of a day, each rule and subject once a day; returns what is new."""
    hold_lock(LOCK)
    told = audit.entries(actor=WATCHER, action=audit.UNUSUAL_READING, first_on=on)
    known = {(entry.detail["rule"], entry.object_id) for entry in told.filter(detail__on=on.isoformat())}
    found = [*signals(looks_of(on), limits()), *tries_of(on), *short_lived_of(on)]
    fresh = [one for one in found if (one.rule, one.subject) not in known]
    for one in fresh:
        _tell(one, at=at)
    for one in fresh:  # last: the audit's chain is locked from here on
        record(
            audit.UNUSUAL_READING,
            actor=WATCHER,
            at=at,
            object_id=one.subject,
            count=one.found,
            detail={"rule": one.rule.value, "limit": one.limit, "on": on.isoformat()},
        )
    return fresh


def looks_of(on: date) -> Iterator[Look]:
    """The looks of a local day, from the audit."""
    for entry in _entries(REVEALED, on):
        people = entry.detail.get("people") or [entry.object_id]
        yield Look(entry.actor_id, entry.at.astimezone(clock.zone()), people=frozenset(people))
    fresh = newly_in_charge(on)
    for entry in _entries(OWN_STAFF_SEEN, on) if fresh else ():
        if entry.actor_id in fresh:
            people = entry.detail.get("people") or [entry.object_id]
            yield Look(entry.actor_id, entry.at.astimezone(clock.zone()), people=frozenset(people))
    approvals = audit.entries(actor=WATCHER, action=APPROVED, first_on=on - timedelta(days=1))
    agreed = set(approvals.values_list("object_id", flat=True))
    for entry in _entries(WRITTEN, on):
        if entry.purpose and entry.object_id not in agreed:
            yield Look(entry.actor_id, entry.at.astimezone(clock.zone()), rows=entry.count)


def tries_of(on: date) -> Iterator[Signal]:
    """Who tried more masked numbers on a day than work needs."""
    for entry in _entries(tries.USED_UP, on):
        yield Signal(Rule.TRIES, entry.actor_id, entry.count, tries.OF_ONE_MASK)


def short_lived_of(on: date) -> Iterator[Signal]:
    """Who took many people out of a ledger on a day, or gave them another number, days after they were added."""
    found: dict[str, int] = defaultdict(int)
    for action in TAKEN_OUT:
        for entry in _entries(action, on):
            found[entry.actor_id] += entry.detail.get("short_lived", 0)
    for who, number in sorted(found.items()):
        if number > SHORT_LIVED:
            yield Signal(Rule.SHORT_LIVED, who, number, SHORT_LIVED)


def newly_in_charge(on: date) -> set[str]:
    """Who took a principal's place in the days before: their looks at the staff are not an employer's routine yet."""
    changes = audit.entries(actor=WATCHER, action=PRINCIPAL_CHANGED, first_on=on - NEW_IN_CHARGE, last_on=on)
    return {f"user:{to}" for to in changes.values_list("detail__to", flat=True)}


def _entries(action: str, on: date) -> Iterator[AuditEntry]:
    return audit.entries(actor=WATCHER, action=action, first_on=on, last_on=on).order_by("seq").iterator()


def _tell(one: Signal, *, at: datetime) -> None:
    tell_watch(
        f"people.unusual_{one.rule}",
        {"found": one.found, "limit": one.limit},
        action=audit.UNUSUAL_READING,
        dedupe=f"unusual:{new_id()}",
        at=at,
    )


def tell_watch(template: str, values: Mapping[str, int], *, action: str, dedupe: str, at: datetime) -> None:
    """Message security administrators and auditors, once for each `dedupe`. Whom it is about stands in the audit only,
    in the entries of `action`."""
    log = f"{reverse('audit:log')}?action={action}"
    for right, url in ((MANAGE_ACCESS, reverse("access:accounts")), (SEE_AUDIT, log)):
        send(
            template,
            recipients=[Account(user.id, MEDIA) for user in users_who_may(right)],
            dedupe=f"{dedupe}:{right}",
            at=at,
            values=values,
            url=url,
            is_urgent=True,
        )
