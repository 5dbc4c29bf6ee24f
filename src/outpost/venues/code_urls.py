"""The address on a poster: short, because a code is the smaller and easier to scan the less it says; and where its
short one is typed."""

from django.urls import path

from outpost.venues.web import citizens, typed_codes

app_name = "codes"
urlpatterns = [
    path("", typed_codes.typed, name="typed"),
    path("worker.js", citizens.worker, name="worker"),
    path("<str:text>", citizens.code, name="code"),
]
