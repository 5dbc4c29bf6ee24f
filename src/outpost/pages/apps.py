from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "outpost.pages"
    label = "pages"
