"""Registers the module with Django."""

from django.apps import AppConfig


class VenuesConfig(AppConfig):
    name = "outpost.venues"
    label = "venues"
