"""Registers the module with Django."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "outpost.health"
    label = "health"
