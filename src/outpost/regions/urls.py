"""Routes."""

from django.urls import path

from outpost.regions import web

app_name = "regions"
urlpatterns = [
    path("towns", web.towns, name="towns"),
    path("towns/t<slug:town>", web.town_page, name="town"),
    path("towns/t<slug:town>/names", web.set_aliases, name="set_aliases"),
    path("towns/t<slug:town>/grids", web.add_grid, name="add_grid"),
    path("towns/t<slug:town>/grids/<slug:number>", web.grid_page, name="grid"),
    path("towns/t<slug:town>/grids/<slug:number>/close", web.close_grid, name="close_grid"),
]
