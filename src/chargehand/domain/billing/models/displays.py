"""Tables of what stations were told about prices and costs, and what they refused to show."""

from django.db import models


class AskedDisplay(models.Model):
    """A station that was asked what it can show, and the firmware that it had then."""

    station_id = models.BigIntegerField(primary_key=True)
    firmware = models.CharField(max_length=255, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "billing_asked_display"


class ToldCost(models.Model):
    """The cost of a charge that its station was told last: minor units of `currency`, taxes included."""

    transaction_id = models.BigIntegerField(primary_key=True)
    station_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    after_minor = models.BigIntegerField()
    is_final = models.BooleanField(default=False)
    told_at = models.DateTimeField()

    class Meta:
        db_table = "billing_told_cost"


class RefusedDisplay(models.Model):
    """A command that a station does not know; it is not asked again until it has another firmware."""

    station_id = models.BigIntegerField()
    command = models.CharField(max_length=32)
    firmware = models.CharField(max_length=255, blank=True)
    word = models.CharField(max_length=64)
    refused_at = models.DateTimeField()

    class Meta:
        db_table = "billing_refused_display"
        constraints = [
            models.UniqueConstraint(fields=["station_id", "command"], name="billing_refused_once"),
        ]


class ToldTariff(models.Model):
    """The tariff that an EVSE of a station was told to price by (0: all of them), and what it said.

    `version_id` None: told to have none. `reason` says why a version was not told, or refused: the station then
    only shows what we reckon.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        SET = "set"
        REFUSED = "refused"

    station_id = models.BigIntegerField()
    evse = models.IntegerField()
    version_id = models.BigIntegerField(null=True)
    firmware = models.CharField(max_length=255, blank=True)
    booted_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=255, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        db_table = "billing_told_tariff"
        constraints = [
            models.UniqueConstraint(fields=["station_id", "evse"], name="billing_told_tariff_once"),
        ]
