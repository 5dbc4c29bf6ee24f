"""The address on a poster: short, because a code is the smaller and easier to scan the less it says."""

from django.urls import path

from outpost.venues.web import ledger

app_name = "codes"
urlpatterns = [path("<str:text>", ledger.code, name="code")]
