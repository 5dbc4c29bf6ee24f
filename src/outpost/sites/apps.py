"""Registers the module with Django."""

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "outpost.sites"
    label = "sites"
