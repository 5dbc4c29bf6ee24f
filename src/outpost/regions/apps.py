"""Registers the module with Django."""

from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "outpost.regions"
    label = "regions"
