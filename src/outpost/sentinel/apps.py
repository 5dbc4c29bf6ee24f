"""Registers the module with Django."""

from django.apps import AppConfig


class SentinelConfig(AppConfig):
    name = "outpost.sentinel"
    label = "sentinel"
