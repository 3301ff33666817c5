"""Make the API known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "chargehand.interfaces.api"
    label = "api"
    verbose_name = _("REST API")
