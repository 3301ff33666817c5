"""Make the console known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "chargehand.interfaces.console"
    label = "console"
    verbose_name = _("Operator console")
