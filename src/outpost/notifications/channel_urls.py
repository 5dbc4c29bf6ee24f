"""Routes of channels and of the log of deliveries."""

from django.urls import path

from outpost.notifications.web import channels, deliveries

app_name = "channels"
urlpatterns = [
    path("", channels.channels, name="channels"),
    path("new/<slug:channel_kind>", channels.new_channel, name="new_channel"),
    path("waiting", channels.waiting, name="waiting"),
    path("<uuid:channel_id>/decide", channels.decide, name="decide"),
    path("deliveries", deliveries.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/again", deliveries.again, name="again"),
    path("tests/<uuid:delivery_id>", channels.test_result, name="test_result"),
    path("<uuid:channel_id>", channels.channel, name="channel"),
    path("<uuid:channel_id>/switch", channels.switch, name="switch"),
    path("<uuid:channel_id>/remove", channels.remove, name="remove"),
    path("<uuid:channel_id>/test", channels.test, name="test"),
]
