"""Django's registration of the room."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "chargehand.domain.health"
    label = "health"
    verbose_name = "Health"
