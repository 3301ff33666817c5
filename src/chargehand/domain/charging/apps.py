"""The charging room as a Django application."""

from django.apps import AppConfig


class ChargingConfig(AppConfig):
    """Tables of the charging room."""

    name = "chargehand.domain.charging"
    label = "charging"
