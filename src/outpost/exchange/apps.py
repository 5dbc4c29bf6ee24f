"""Registers the module with Django."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "outpost.exchange"
    label = "exchange"
