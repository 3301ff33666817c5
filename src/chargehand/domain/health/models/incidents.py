"""Tables of incidents: what is one matter, whom it concerns, what was done, and what the system tried by itself."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Incident(models.Model):
    """Findings joined by their cause. While it is pending, open or watching its `key` is its alone.

    `station` and `evse` are where it was seen first (EVSE 0: the station); `began_at` is when the fault
    began, `last_seen_at` when it was seen last. `run` counts how often the ladder of recovery was begun.
    `drivers` orders the list: those hit, those waiting now and those expected in an hour.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        OPEN = "open"
        WATCHING = "watching"
        RESOLVED = "resolved"
        DROPPED = "dropped"
        MERGED = "merged"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=600)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    scope = models.CharField(max_length=16)
    family = models.CharField(max_length=16)
    kind = models.CharField(max_length=40)
    severity = models.PositiveSmallIntegerField()
    sentence = models.TextField(blank=True)
    location = models.ForeignKey(
        "stations.Location", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField(default=0)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    firmware = models.CharField(max_length=255, blank=True)
    began_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=255, blank=True)
    assignee = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    assignee_name = models.CharField(max_length=255, blank=True)
    snoozed_until = models.DateTimeField(null=True)
    work_order_id = models.BigIntegerField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=255, blank=True)
    is_by_charge = models.BooleanField(default=False)
    cause = models.TextField(blank=True)
    fix = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    run = models.PositiveSmallIntegerField(default=1)
    recovery_note = models.CharField(max_length=500, blank=True)
    drivers_hit = models.PositiveIntegerField(default=0)
    drivers_waiting = models.PositiveIntegerField(default=0)
    drivers_expected = models.FloatField(default=0)
    drivers = models.FloatField(default=0)
    drivers_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_incident"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "key"],
                condition=models.Q(state__in=["pending", "open", "watching"]),
                name="health_incident_once",
            )
        ]
        indexes = [
            models.Index(fields=["operator", "state", "-drivers"], name="health_incident_board"),
            models.Index(
                fields=["operator", "location"],
                name="health_incident_standing",
                condition=models.Q(state__in=["pending", "open", "watching"]),
            ),
        ]


class IncidentStation(models.Model):
    """A station that an incident concerns, and the EVSE (0: all of it)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        db_table = "health_incident_station"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "station", "evse"], name="health_incident_station_once"
            )
        ]


class IncidentFinding(models.Model):
    """A finding and the one incident it belongs to."""

    finding = models.OneToOneField(
        "health.HealthFinding", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="findings")
    joined_at = models.DateTimeField()

    class Meta:
        db_table = "health_incident_finding"


class IncidentEntry(models.Model):
    """What happened with an incident, by the system or by people; append-only."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    by = models.CharField(max_length=255, blank=True)
    sentence = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "health_incident_entry"
        indexes = [models.Index(fields=["incident", "-at"], name="health_incident_entry_at")]


class RecoveryStep(models.Model):
    """One step of the ladder at one place; that there is one row a step keeps it from being taken twice."""

    class State(models.TextChoices):
        ASKED = "asked"
        WORKED = "worked"
        FAILED = "failed"
        REFUSED = "refused"
        WITHHELD = "withheld"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="steps")
    run = models.PositiveSmallIntegerField()
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField(default=0)
    step = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    request_id = models.UUIDField(null=True)
    sentence = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_recovery_step"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "run", "station", "evse", "step"], name="health_recovery_step_once"
            )
        ]
        indexes = [models.Index(fields=["station", "-asked_at"], name="health_recovery_step_at")]


class RecoveryPolicy(models.Model):
    """What the system may try by itself at an operator's stations; without a row the defaults hold.

    `per_day` limits both restarts and beginnings of the ladder, per station in 24 hours. `from_hour` and
    `until_hour` are hours of the site's own day between which it may act; both null: always. Within
    `target_min` minutes drivers shall be able to charge again; 0: no target.
    """

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    is_enabled = models.BooleanField(default=True)
    steps = ArrayField(models.CharField(max_length=16), default=list)
    per_day = models.PositiveSmallIntegerField(default=3)
    from_hour = models.PositiveSmallIntegerField(null=True)
    until_hour = models.PositiveSmallIntegerField(null=True)
    pause_s = models.PositiveIntegerField(default=60)
    neighbour_km = models.FloatField(default=2.0)
    target_min = models.PositiveIntegerField(default=240, db_default=240)

    class Meta:
        db_table = "health_recovery_policy"


class Debounce(models.Model):
    """How long an operator lets faults of a family stand at a model; "" for vendor or model is any."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    family = models.CharField(max_length=16)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    seconds = models.PositiveIntegerField()

    class Meta:
        db_table = "health_debounce"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "family", "vendor", "model"], name="health_debounce_once"
            )
        ]
