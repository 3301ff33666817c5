"""Django's registration of the room."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "chargehand.domain.tokens"
    label = "tokens"
    verbose_name = "Tokens"
