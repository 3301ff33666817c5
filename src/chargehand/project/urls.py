"""Which door answers which address."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", include("chargehand.interfaces.ui.urls")),
    path("accounts/", include("allauth.urls")),
]
