"""Routes of the ledger, and of a check-in by a plain form."""

from django.urls import path

from outpost.venues.web import citizens, flow, ledger, overview, posters

app_name = "venues"
urlpatterns = [
    path("", ledger.venues, name="venues"),
    path("overview", overview.overview_page, name="overview"),
    path("check-in", citizens.plain, name="plain_check_in"),
    path("<uuid:venue_id>", ledger.venue, name="venue"),
    path("<uuid:venue_id>/flow", flow.flow_page, name="flow"),
    path("<uuid:venue_id>/check-ins", ledger.check_ins, name="check_ins"),
    path("<uuid:venue_id>/conflicts", ledger.conflicts, name="conflicts"),
    path("<uuid:venue_id>/posters.pdf", posters.posters, name="posters"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>.svg", posters.code_svg, name="code_svg"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>.png", posters.code_png, name="code_png"),
]
