"""What may be done here and by which roles: channels and deliveries. Pure."""

from outpost.core.rights import Action, Role

EDIT_CHANNELS = Action(
    "notifications.edit_channels", "改消息通道", "Edit the channels of messages", {Role.OPERATOR}
)
SEE_DELIVERIES = Action(
    "notifications.see_deliveries", "看发送记录", "See the log of deliveries", {Role.OPERATOR}
)

ACTIONS = (
    EDIT_CHANNELS,
    SEE_DELIVERIES,
)
