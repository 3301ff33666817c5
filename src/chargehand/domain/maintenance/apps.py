"""Django's registration of the room."""

from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "chargehand.domain.maintenance"
    label = "maintenance"
    verbose_name = "Maintenance"
