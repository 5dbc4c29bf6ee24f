"""Routes of the inbox."""

from django.urls import path

from outpost.notifications import web

app_name = "notifications"
urlpatterns = [
    path("", web.inbox, name="inbox"),
    path("read", web.read_all, name="read_all"),
    path("<uuid:message_id>/open", web.open_message, name="open"),
]
