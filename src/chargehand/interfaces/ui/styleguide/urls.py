"""Addresses of the style guide; mounted only when debugging and by tests."""

from django.urls import path

from chargehand.interfaces.ui.styleguide import views

app_name = "styleguide"

urlpatterns = [
    path("", views.show_parts, name="parts"),
    path("overview/", views.show_overview, name="overview"),
    path("stations/", views.show_stations, name="stations"),
    path("stations.json", views.list_stations, name="stations-json"),
    path("sheet/", views.show_sheet, name="sheet"),
    path("find/", views.find, name="find"),
]
