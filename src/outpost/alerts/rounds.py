"""A round: the messages of one day, written down once, together with the note that they were."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models

from outpost.core.db import hold_lock
from outpost.notifications.recipients import Account, Group, Medium
from outpost.notifications.services import send


class RoundRow(models.Model):
    """The messages of one day, and how many; an instrument keeps its rounds in a table of its own."""

    on = models.DateField(primary_key=True)
    sent_at = models.DateTimeField()
    messages = models.IntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.on)


@dataclass(frozen=True, slots=True)
class Telling:
    """What some accounts are told, by the inbox and these media, and some channels of groups, each once.

    `about` tells it from the round's others.
    """

    template: str
    users: tuple[UUID, ...]
    media: frozenset[Medium]
    values: dict[str, Any]
    url: str
    about: str
    groups: tuple[UUID, ...] = ()


def send_round(
    kept: type[RoundRow], tellings: Callable[[], Iterable[Telling]], *, on: date, at: datetime
) -> int | None:
    """Send the messages of a day and note the round; None, and nothing is sent, when it was noted before.

    Rounds of one table wait for each other. Call it in a transaction.
    """
    hold_lock(kept._meta.db_table)  # noqa: SLF001 - Django's public name of a model's table
    rounds = kept._default_manager  # noqa: SLF001
    if rounds.filter(on=on).exists():
        return None
    sent = 0
    for one in tellings():
        _tell(one, on, at)
        sent += len(one.users) + len(one.groups)
    rounds.create(on=on, sent_at=at, messages=sent)
    return sent


def _tell(one: Telling, on: date, at: datetime) -> None:
    people = [Account(user, frozenset({Medium.INBOX, *one.media})) for user in one.users]
    send(
        one.template,
        recipients=[*people, *map(Group, one.groups)],
        values={"on": on.isoformat(), **one.values},
        url=one.url,
        dedupe=f"alert:{on}:{one.about}",
        at=at,
    )
