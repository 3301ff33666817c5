"""Django's registration of the room."""

from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "chargehand.domain.tariffs"
    label = "tariffs"
    verbose_name = "Tariffs"
