from django.apps import AppConfig


class FieldsConfig(AppConfig):
    name = "outpost.fields"
    label = "fields"
