"""Django's registration of the room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "chargehand.domain.notices"
    label = "notices"
    verbose_name = "Notices"
