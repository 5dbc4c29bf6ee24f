"""The app that is ready last and wires the modules together."""

from django.apps import AppConfig

from outpost.config import wiring


class ConfigApp(AppConfig):
    name = "outpost.config"
    label = "outpost_config"

    def ready(self) -> None:
        wiring.wire()
