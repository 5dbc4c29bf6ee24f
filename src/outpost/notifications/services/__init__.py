"""Writes of the module: the inbox, sending, delivering, the settings of channels."""

from outpost.notifications.services.channels import (
    add_channel,
    change_channel,
    forget_channels,
    remove_channel,
    send_test,
    switch_channel,
)
from outpost.notifications.services.delivering import deliver_due, send_again, sweep
from outpost.notifications.services.inbox import mark_all_read, mark_read, tell
from outpost.notifications.services.second_word import decide_channel
from outpost.notifications.services.sending import Sent, overtake, send

__all__ = [
    "Sent",
    "add_channel",
    "change_channel",
    "decide_channel",
    "deliver_due",
    "forget_channels",
    "mark_all_read",
    "mark_read",
    "overtake",
    "remove_channel",
    "send",
    "send_again",
    "send_test",
    "sweep",
    "switch_channel",
    "tell",
]
