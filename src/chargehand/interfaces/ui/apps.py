"""Make the shared look known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    name = "chargehand.interfaces.ui"
    label = "ui"
    verbose_name = _("Shared look")
