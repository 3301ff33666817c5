"""Addresses of the shared look: the choice of light or dark."""

from django.urls import path

from chargehand.interfaces.ui import views

app_name = "ui"

urlpatterns = [path("theme/", views.choose_theme, name="theme")]
