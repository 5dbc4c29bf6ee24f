"""Registers the module with Django."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "outpost.alerts"
    label = "alerts"
