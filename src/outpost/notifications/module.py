"""The manifest of messages and the channels by which they go out."""

from django.utils.translation import gettext_lazy as _

from outpost.core.actions import USE_ACCOUNT
from outpost.core.modules import Entry, Module, SealedColumn
from outpost.notifications import actions

MODULE = Module(
    name="notifications",
    actions=actions.ACTIONS,
    jobs_of={
        "exchange.import_finished": ("notifications.tell_import",),
        "exchange.export_ready": ("notifications.tell_export",),
        "exchange.export_held": ("notifications.tell_second_persons",),
        "access.wide_right": ("notifications.tell_wide_right",),
    },
    jobs={
        "notifications.tell_import": _("Tell how an import stands"),
        "notifications.tell_export": _("Tell how an export stands"),
        "notifications.tell_second_persons": _("Ask the second persons"),
        "notifications.tell_wide_right": _("Tell of a far-reaching right"),
        "notifications.deliver": _("Deliver a message"),
        "notifications.deliver_due": _("Deliver what waits"),
        "notifications.sweep": _("Remove old messages"),
        "notifications.forget_channels": _("Forget removed channels"),
    },
    checks=("outpost.notifications.health_checks.channels",),
    retention="outpost.notifications.retention.ROWS",
    restorable=("outpost.notifications.services.restoring.CHANNELS",),
    sealed=(
        SealedColumn("notifications_channel", "id", "uuid", "sealed_secrets", "notifications.channel"),
        SealedColumn("notifications_message", "id", "uuid", "sealed_params", "notifications.message"),
        SealedColumn("notifications_delivery", "id", "uuid", "sealed_address", "notifications.delivery"),
    ),
    menu=(
        Entry(_("Inbox"), "notifications:inbox", "inbox", USE_ACCOUNT, "messages", on_phone=True),
        Entry(_("Channels"), "channels:channels", "bell", actions.EDIT_CHANNELS, "messages", on_phone=True),
        Entry(_("Channels that wait"), "channels:waiting", "bell", actions.AGREE_CHANNELS, "messages"),
        Entry(_("Log of deliveries"), "channels:deliveries", "history", actions.SEE_DELIVERIES, "messages"),
    ),
    routes={"inbox/": "outpost.notifications.urls", "channels/": "outpost.notifications.channel_urls"},
)
