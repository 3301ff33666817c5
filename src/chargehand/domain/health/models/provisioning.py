"""Tables of provisioning: what stations were asked to tell us, and what they made of it."""

from django.db import models


class WatchPolicy(models.Model):
    """What an operator lets us set on its stations so that they tell what the watch needs; no row: all of it."""

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    sets_measurands = models.BooleanField(default=True)
    sets_monitors = models.BooleanField(default=True)
    sample_interval_s = models.PositiveIntegerField(default=60)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "health_watch_policy"


class StationWish(models.Model):
    """One thing wanted of a station, and how far that is: it is asked once for each firmware, and not for ever.

    `name` says what: "measurands" or "interval", or a monitor as "component.variable type"; `value` what was
    asked for last; `firmware` under which it was asked; `word` the station's answer.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        SET = "set"
        REFUSED = "refused"

    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=160)
    value = models.TextField()
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    attempts = models.PositiveIntegerField(default=1)
    firmware = models.CharField(max_length=255, blank=True)
    request_id = models.UUIDField(null=True)
    word = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_station_wish"
        constraints = [models.UniqueConstraint(fields=["station", "name"], name="health_station_wish_once")]
        indexes = [models.Index(fields=["request_id"], name="health_station_wish_request")]
