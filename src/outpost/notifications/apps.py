"""Registers the module with Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "outpost.notifications"
    label = "notifications"
