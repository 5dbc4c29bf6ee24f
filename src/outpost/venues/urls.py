"""Routes of the ledger."""

from django.urls import path

from outpost.venues import web

app_name = "venues"
urlpatterns = [
    path("", web.venues, name="venues"),
    path("<uuid:venue_id>", web.venue, name="venue"),
    path("<uuid:venue_id>/check-ins", web.check_ins, name="check_ins"),
    path("<uuid:venue_id>/conflicts", web.conflicts, name="conflicts"),
]
