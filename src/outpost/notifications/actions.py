"""What may be done here and by which roles: channels and deliveries. Pure."""

from outpost.core.rights import Action, Role

EDIT_CHANNELS = Action(
    "notifications.edit_channels", "改消息通道", "Edit the channels of messages", {Role.OPERATOR}
)
AGREE_CHANNELS = Action(
    "notifications.agree_channels",
    "同意启用发送验证码的通道",
    "Agree to channels that carry sign-in codes",
    {Role.SECURITY},
)
SEE_DELIVERIES = Action(
    "notifications.see_deliveries", "看发送记录", "See the log of deliveries", {Role.OPERATOR}
)

ACTIONS = (EDIT_CHANNELS, AGREE_CHANNELS, SEE_DELIVERIES)
