"""Routes of the inbox."""

from django.urls import path

from outpost.notifications.web import inbox

app_name = "notifications"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("read", inbox.read_all, name="read_all"),
    path("<uuid:message_id>/open", inbox.open_message, name="open"),
]
