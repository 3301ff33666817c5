"""Make the technicians' pages known to Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "chargehand.interfaces.desk"
    label = "desk"
    verbose_name = _("Technicians' pages")
