"""The stations room as a Django application."""

from django.apps import AppConfig


class StationsConfig(AppConfig):
    """Tables of the stations room."""

    name = "chargehand.domain.stations"
    label = "stations"
