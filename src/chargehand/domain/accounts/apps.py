"""Django's registration of the room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chargehand.domain.accounts"
    label = "accounts"
    verbose_name = "Accounts"
