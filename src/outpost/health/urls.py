"""Routes."""

from django.urls import path

from outpost.health import web

app_name = "health"
urlpatterns = [
    path("products", web.products, name="products"),
    path("products/new", web.new_product, name="new_product"),
    path("products/<str:code>", web.product, name="product"),
]
