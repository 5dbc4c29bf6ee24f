"""The address on a poster: short, because a code is the smaller and easier to scan the less it says."""

from django.urls import path

from outpost.venues import web

app_name = "codes"
urlpatterns = [path("<str:text>", web.code, name="code")]
