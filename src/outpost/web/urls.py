from django.urls import path

from outpost.web import citizens, views

app_name = "web"

urlpatterns = [
    path("", views.home, name="home"),
    path("my", citizens.my, name="my"),
    path("my/guide", citizens.guide, name="my_guide"),
    path("my/close", citizens.close, name="close"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("language", views.language, name="language"),
    path("large-text", views.large_text, name="large_text"),
    path("search", views.search, name="search"),
    path("help/", views.guides, name="guides"),
    path("help/<slug:role>", views.guide, name="guide"),
]
