"""Registers the module with Django."""

from django.apps import AppConfig


class DesksConfig(AppConfig):
    name = "outpost.desks"
    label = "desks"
