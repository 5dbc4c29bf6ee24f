"""Routes of the gate app."""

from django.urls import path

from outpost.desks import web

app_name = "desks"
urlpatterns = [path("", web.app, name="app"), path("<path:name>", web.app, name="file")]
