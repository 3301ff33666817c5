"""Make the drivers' pages known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DriverConfig(AppConfig):
    name = "chargehand.interfaces.driver"
    label = "driver"
    verbose_name = _("Drivers' pages")
