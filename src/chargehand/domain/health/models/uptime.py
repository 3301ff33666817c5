"""Tables of uptime: intervals settled so far, what people exclude from outages, opening hours, counted attempts."""

from django.db import models
from django.db.models import F, Q


class UptimePort(models.Model):
    """A connector whose intervals are settled: spans stand up to `settled_until`; between spans it was up or in use.

    `read_at` is up to when receipts were read: what is received later about the past settles it again.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField()
    connector = models.IntegerField()
    in_operation_since = models.DateTimeField()
    settled_until = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        db_table = "health_uptime_port"
        constraints = [
            models.UniqueConstraint(fields=["station", "evse", "connector"], name="health_uptime_port_once")
        ]


class UptimeSpan(models.Model):
    """A stretch in which a connector was neither up nor in use: down (and why), offline or unknown.

    Settled by UTC days: a day that is settled again replaces its spans.
    """

    port = models.ForeignKey(UptimePort, on_delete=models.CASCADE, related_name="spans", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=40, blank=True)
    incident_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "health_uptime_span"
        indexes = [models.Index(fields=["port", "until"], name="health_uptime_span_port")]


class OutageExclusion(models.Model):
    """A stretch of time that somebody says is not the operator's doing, with evidence.

    At a plug, a station, a location, or (none given) everywhere; EVSE 0 is all of the station. A withdrawn one
    keeps its row.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    location = models.ForeignKey("stations.Location", null=True, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey(
        "stations.ChargingStation", null=True, on_delete=models.CASCADE, related_name="+"
    )
    evse = models.IntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=32)
    note = models.TextField()
    incident_id = models.BigIntegerField(null=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_outage_exclusion"
        indexes = [models.Index(fields=["operator", "until"], name="health_exclusion_operator")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="health_exclusion_lasts"),
            models.CheckConstraint(
                condition=Q(location__isnull=True) | Q(station__isnull=True),
                name="health_exclusion_one_place",
            ),
        ]


class SiteHours(models.Model):
    """When a location is open: rows of weekday (0 Monday), opening and closing time ("08:00"), local."""

    location = models.OneToOneField(
        "stations.Location", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    week = models.JSONField()

    class Meta:
        db_table = "health_site_hours"


class AttemptDay(models.Model):
    """What drivers tried at a station on a UTC day, counted; model and firmware as they were when it was counted."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    firmware = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveIntegerField()
    started = models.PositiveIntegerField()
    energised = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    visits = models.PositiveIntegerField()
    visits_good = models.PositiveIntegerField()
    first_good = models.PositiveIntegerField()

    class Meta:
        db_table = "health_attempt_day"
        indexes = [models.Index(fields=["operator", "day"], name="health_attempt_day_operator")]
        constraints = [models.UniqueConstraint(fields=["station", "day"], name="health_attempt_day_once")]


class FirstAlert(models.Model):
    """When the first message about an incident left for a person."""

    incident = models.OneToOneField(
        "health.Incident", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    alerted_at = models.DateTimeField()

    class Meta:
        db_table = "health_first_alert"
