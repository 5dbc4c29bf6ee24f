"""Routes of venues, and of a check-in by a plain form."""

from django.urls import path

from outpost.venues.web import (
    citizens,
    creating,
    flow,
    handing_over,
    joining,
    ledger,
    maps,
    overview,
    posters,
    running,
    temperatures,
)

app_name = "venues"
urlpatterns = [
    path("", ledger.venues, name="venues"),
    path("overview", overview.overview_page, name="overview"),
    path("map", maps.map_page, name="map"),
    path("check-in", citizens.plain, name="plain_check_in"),
    path("new", creating.create, name="new"),
    path("mine", running.mine, name="mine"),
    path("work", joining.work, name="work"),
    path("work/<uuid:member_id>/leave", joining.leave, name="leave"),
    path("offers", handing_over.offers, name="offers"),
    path("offers/<uuid:hand_over_id>/agree", handing_over.take_over, name="take_over"),
    path("offers/<uuid:hand_over_id>/decline", handing_over.decline, name="decline_offer"),
    path("temperatures", temperatures.temperatures_page, name="temperatures"),
    path("temperatures/<uuid:abnormal_id>", temperatures.temperature, name="temperature"),
    path("<uuid:venue_id>", ledger.venue, name="venue"),
    path("<uuid:venue_id>/flow", flow.flow_page, name="flow"),
    path("<uuid:venue_id>/check-ins", ledger.check_ins, name="check_ins"),
    path("<uuid:venue_id>/conflicts", ledger.conflicts, name="conflicts"),
    path("<uuid:venue_id>/edit", running.edit, name="edit"),
    path("<uuid:venue_id>/hand-over", handing_over.hand_over, name="hand_over"),
    path("<uuid:venue_id>/hand-over/withdraw", handing_over.withdraw, name="withdraw_hand_over"),
    path("<uuid:venue_id>/close", running.close, name="close"),
    path("<uuid:venue_id>/checkpoints", running.open_checkpoints, name="open_checkpoints"),
    path(
        "<uuid:venue_id>/checkpoints/<uuid:checkpoint_id>/name",
        running.rename_checkpoint,
        name="rename_checkpoint",
    ),
    path(
        "<uuid:venue_id>/checkpoints/<uuid:checkpoint_id>/close",
        running.close_checkpoint,
        name="close_checkpoint",
    ),
    path("<uuid:venue_id>/checkpoints/<uuid:checkpoint_id>/code", running.renew_code, name="renew_code"),
    path("<uuid:venue_id>/members", joining.members_page, name="members"),
    path("<uuid:venue_id>/members/join-code.svg", joining.join_code_svg, name="join_code_svg"),
    path("<uuid:venue_id>/members/join", joining.join_own, name="join_own"),
    path("<uuid:venue_id>/members/<uuid:member_id>/unbind", joining.unbind, name="unbind"),
    path("<uuid:venue_id>/posters.pdf", posters.posters, name="posters"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>/svg", posters.code_svg, name="code_svg"),
    path("<uuid:venue_id>/codes/<uuid:checkpoint_id>/png", posters.code_png, name="code_png"),
]
