"""Registers the module with Django."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "outpost.figures"
    label = "figures"
