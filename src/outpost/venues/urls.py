"""Routes of the ledger."""

from django.urls import path

from outpost.venues.web import ledger

app_name = "venues"
urlpatterns = [
    path("", ledger.venues, name="venues"),
    path("<uuid:venue_id>", ledger.venue, name="venue"),
    path("<uuid:venue_id>/check-ins", ledger.check_ins, name="check_ins"),
    path("<uuid:venue_id>/conflicts", ledger.conflicts, name="conflicts"),
]
