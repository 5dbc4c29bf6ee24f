"""The address on a poster: short, because a code is the smaller and easier to scan the less it says; and where its
short one is typed."""

from django.urls import path

from outpost.venues.web import ledger, typed_codes

app_name = "codes"
urlpatterns = [
    path("", typed_codes.typed, name="typed"),
    path("<str:text>", ledger.code, name="code"),
]
