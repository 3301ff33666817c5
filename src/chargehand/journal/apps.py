"""The journal as a Django application."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Tables of the journal."""

    name = "chargehand.journal"
    label = "journal"
