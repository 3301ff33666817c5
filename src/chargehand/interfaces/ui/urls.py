"""Addresses of the shared look: the choice of light or dark, and the style guide when debugging."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from chargehand.interfaces.ui import views

app_name = "ui"

urlpatterns: list[URLPattern | URLResolver] = [path("theme/", views.choose_theme, name="theme")]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("chargehand.interfaces.ui.styleguide.urls")))
