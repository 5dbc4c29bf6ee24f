from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "outpost.web"
    label = "web"
