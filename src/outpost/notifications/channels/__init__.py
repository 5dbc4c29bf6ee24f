"""The kinds of channels. A new one is one file here and one line in `KINDS`."""

from collections.abc import Mapping

from outpost.notifications.channels.base import Channel
from outpost.notifications.channels.mail import Mail
from outpost.notifications.channels.robot import Robot
from outpost.notifications.channels.sms_alibaba import AlibabaSms
from outpost.notifications.channels.sms_http import HttpSms
from outpost.notifications.channels.sms_tencent import TencentSms
from outpost.notifications.channels.webhook import Webhook
from outpost.notifications.channels.wecom import WeCom

_ALL: tuple[Channel, ...] = (
    WeCom(), Robot(), HttpSms(), AlibabaSms(), TencentSms(), Mail(), Webhook()
)  # fmt: skip

KINDS: Mapping[str, Channel] = {channel.kind: channel for channel in _ALL}
