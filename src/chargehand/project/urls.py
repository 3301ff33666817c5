"""Which door answers which address."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chargehand.interfaces.console.alerts import acknowledging

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", include("chargehand.interfaces.ui.urls")),
    path("accounts/", include("allauth.urls")),
    path("console/", include("chargehand.interfaces.console.urls")),
    path("desk/", include("chargehand.interfaces.desk.urls")),
    path("a/<str:token>/", acknowledging.show, name="acknowledge"),
    path("", include("chargehand.interfaces.driver.urls")),
    path("api/v1/", include("chargehand.interfaces.api.urls")),
    path("", RedirectView.as_view(pattern_name="console:overview")),
]
