"""Delivering messages, and messages that follow from events (`config.wiring` says from which)."""

from uuid import UUID

from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from outpost.access.actions import MANAGE_ACCESS
from outpost.access.queries import holders, users_who_may
from outpost.audit.actions import SEE_AUDIT
from outpost.core import clock
from outpost.core.outgoing import outgoing
from outpost.core.queues import URGENT
from outpost.core.rights import Role
from outpost.exchange import queries
from outpost.notifications import services
from outpost.notifications.services import tell
from outpost.notifications.services.delivering import channels_with_work
from outpost.notifications.services.sending import wake

ATTEMPTS = 5


@jobs.task(name="notifications.tell_import", retry=ATTEMPTS)
def tell_import(import_id: str, state: str) -> None:
    """Tell the owner of an import what became of it; imports of the command line have none."""
    task = queries.find_import(UUID(import_id))
    if task.owner_id is None:
        return
    tell(
        task.owner_id,
        f"exchange.import_{state}",
        {
            "kind": task.kind,
            "new": task.new,
            "replaced": task.replaced,
            "unchanged": task.unchanged,
            "rejected": task.rejected,
            "kept": task.kept_on_undo,
        },
        link=reverse("exchange:import", args=[task.id]),
        dedupe_key=f"import:{import_id}:{state}",
        at=clock.now(),
    )


@jobs.task(name="notifications.tell_export", retry=ATTEMPTS)
def tell_export(export_id: str, state: str) -> None:
    """Tell the owner of an export that its file is ready, or why there is none."""
    task = queries.find_export(UUID(export_id))
    if task.owner_id is None:
        return
    tell(
        task.owner_id,
        f"exchange.export_{state}",
        {"kind": task.kind, "rows": task.rows_done},
        link=reverse("exchange:export", args=[task.id]),
        dedupe_key=f"export:{export_id}:{state}",
        at=clock.now(),
    )


@jobs.task(name="notifications.tell_second_persons", retry=ATTEMPTS)
def tell_second_persons(export_id: str) -> None:
    """Tell the owner of an export that it waits for a second person, and those who may be it."""
    task = queries.find_export(UUID(export_id))
    values: dict[str, str | int] = {"kind": task.kind, "rows": task.rows_total or 0}
    asked = f"{export_id}:{task.held_at}"
    if task.owner_id is not None:
        link = reverse("exchange:export", args=[task.id])
        tell(
            task.owner_id,
            "exchange.export_held",
            values,
            link=link,
            dedupe_key=f"held:{asked}",
            at=clock.now(),
        )
    for user_id in queries.second_persons(task):
        link = reverse("exchange:approval", args=[task.id])
        tell(user_id, "exchange.export_asks", values, link=link, dedupe_key=f"asks:{asked}", at=clock.now())


@jobs.task(name="notifications.tell_wide_right", retry=ATTEMPTS)
def tell_wide_right(request_id: str, state: str) -> None:
    """Tell the administrators of rights, the auditors and the command group of a far-reaching right."""
    link = reverse("access:waiting_grants") if state == "asked" else ""
    told = {user.id for action in (MANAGE_ACCESS, SEE_AUDIT) for user in users_who_may(action)}
    told |= {user_id for user_id, _actor in holders([Role.COMMAND])}
    for user_id in told:
        dedupe_key = f"wide:{request_id}:{state}"
        tell(user_id, f"access.wide_right_{state}", {}, link=link, dedupe_key=dedupe_key, at=clock.now())


@jobs.task(name="notifications.deliver", retry=ATTEMPTS)
def deliver(channel_id: str) -> None:
    """Deliver what a channel has due. What is due later, or above its rate, comes with `deliver_due`."""
    if services.deliver_due(UUID(channel_id), clock=clock.now, out=outgoing()):
        is_urgent = channels_with_work(at=clock.now()).get(UUID(channel_id), False)
        wake(UUID(channel_id), is_urgent=is_urgent)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="notifications.deliver_due", queue=URGENT, queueing_lock="notifications.deliver_due")
def deliver_due(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Wake every channel that has something due: retries, what waited for the rate, what a dead worker left."""
    for channel_id, is_urgent in channels_with_work(at=clock.now()).items():
        wake(channel_id, is_urgent=is_urgent)


@jobs.periodic(cron="41 19 * * *")  # 03:41 in Shanghai
@jobs.task(name="notifications.sweep", queueing_lock="notifications.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Close what nobody will send any more, and forget the phones of old dead letters."""
    services.sweep(at=clock.now())


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="notifications.forget_channels", queueing_lock="notifications.forget_channels")
def forget_channels(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Let removed channels go with their secrets once they cannot be put back any more."""
    services.forget_channels(at=clock.now())
