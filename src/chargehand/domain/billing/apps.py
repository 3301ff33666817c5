"""Django's registration of the room."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "chargehand.domain.billing"
    label = "billing"
    verbose_name = "Billing"
