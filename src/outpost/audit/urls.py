"""Routes."""

from django.urls import path

from outpost.audit import web

app_name = "audit"
urlpatterns = [
    path("", web.log, name="log"),
    path("verify", web.verify, name="verify"),
]
