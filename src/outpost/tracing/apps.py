"""Registers the module with Django."""

from django.apps import AppConfig


class TracingConfig(AppConfig):
    name = "outpost.tracing"
    label = "tracing"
