"""Routes of the ledger."""

from django.urls import path

from outpost.venues.web import flow, ledger, overview, posters

app_name = "venues"
urlpatterns = [
    path("", ledger.venues, name="venues"),
    path("overview", overview.overview_page, name="overview"),
    path("<uuid:venue_id>", ledger.venue, name="venue"),
    path("<uuid:venue_id>/flow", flow.flow_page, name="flow"),
    path("<uuid:venue_id>/check-ins", ledger.check_ins, name="check_ins"),
    path("<uuid:venue_id>/conflicts", ledger.conflicts, name="conflicts"),
    path("<uuid:venue_id>/posters.pdf", posters.posters, name="posters"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>.svg", posters.code_svg, name="code_svg"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>.png", posters.code_png, name="code_png"),
]
