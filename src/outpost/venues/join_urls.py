"""The address of a join code 申报码, and where its short one is typed."""

from django.urls import path

from outpost.venues.web import joining

app_name = "join"
urlpatterns = [path("", joining.typed, name="typed"), path("<str:text>", joining.code, name="code")]
