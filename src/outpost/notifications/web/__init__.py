"""Doors of messages: the inbox, the channels, the log of deliveries."""
