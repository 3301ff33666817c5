"""Tables of the stations room: places, stations, connections, what was said and what was asked.

Reported status, admin intent, connectivity and open transaction are four separate facts; the last one
lives in the charging room.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Location(models.Model):
    """A place with stations; its time zone is what drivers and tariffs mean by time of day."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    address = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "stations_location"


class ChargingStation(models.Model):
    """A charging station known to an operator."""

    class Approval(models.TextChoices):
        ACCEPTED = "accepted"
        HELD = "held"
        BLOCKED = "blocked"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, null=True, on_delete=models.PROTECT, related_name="+")
    identity = models.CharField(max_length=48, unique=True)
    identity_key = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=100, blank=True)
    approval = models.CharField(max_length=16, choices=Approval, default=Approval.ACCEPTED)
    security_profile = models.PositiveSmallIntegerField(default=1)
    password_hash = models.CharField(max_length=255, blank=True)
    next_password_hash = models.CharField(max_length=255, blank=True)
    version_pinned = models.CharField(max_length=16, blank=True)
    assumes_version = models.CharField(max_length=16, blank=True)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    serial_number = models.CharField(max_length=255, blank=True)
    firmware_version = models.CharField(max_length=255, blank=True)
    iccid = models.CharField(max_length=255, blank=True)
    imsi = models.CharField(max_length=255, blank=True)
    meter_type = models.CharField(max_length=255, blank=True)
    meter_serial_number = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=16, blank=True)
    boot_reason = models.CharField(max_length=64, blank=True)
    booted_at = models.DateTimeField(null=True)
    hardware_changed_at = models.DateTimeField(null=True)
    clock_skew_s = models.FloatField(null=True)
    clock_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    reported_status = models.CharField(max_length=32, blank=True)
    reported_error = models.CharField(max_length=64, blank=True)
    reported_at = models.DateTimeField(null=True)
    intent_operative = models.BooleanField(default=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "stations_station"


class EntryPolicy(models.Model):
    """What an operator decided about new stations; without a row they are accepted."""

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    holds_new = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "stations_entry_policy"


class StationAlias(models.Model):
    """Another spelling under which a station calls (quirk B6)."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="aliases")
    spelling = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "stations_alias"


class Connector(models.Model):
    """A plug of a station: its EVSE and its number on that EVSE.

    An OCPP 1.6 connector n stands as EVSE n, connector 1. Rows are made from traffic as well as by people
    (quirk H7, conformance X22).
    """

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="connectors")
    evse = models.PositiveIntegerField()
    connector = models.PositiveIntegerField(default=1)
    standard = models.CharField(max_length=40, blank=True)
    power_type = models.CharField(max_length=16, blank=True)
    phases = models.PositiveSmallIntegerField(null=True)
    max_power_w = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    vendor_error_code = models.CharField(max_length=255, blank=True)
    info = models.CharField(max_length=500, blank=True)
    status_station_time = models.DateTimeField(null=True)
    status_at = models.DateTimeField(null=True)
    status_received_at = models.DateTimeField(null=True)
    intent_operative = models.BooleanField(default=True)

    class Meta:
        db_table = "stations_connector"
        constraints = [
            models.UniqueConstraint(fields=["station", "evse", "connector"], name="stations_connector_once")
        ]


class GatewayProcess(models.Model):
    """A running gateway. Each batch it writes holds its row against a rise of `fence`, which another
    gateway causes when it takes over a station: so no write of an old connection comes after a new one's.
    """

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    process = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        db_table = "stations_gateway"


class StationConnection(models.Model):
    """Connectivity: the newest connection of a station; `epoch` rises with each."""

    station = models.OneToOneField(
        ChargingStation, primary_key=True, on_delete=models.CASCADE, related_name="connection"
    )
    epoch = models.BigIntegerField(default=0)
    gateway_id = models.UUIDField(null=True)
    version = models.CharField(max_length=16, blank=True)
    security_profile = models.PositiveSmallIntegerField(null=True)
    address = models.CharField(max_length=64, blank=True)
    is_connected = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    last_received_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stations_connection"


class ConnectionEvent(models.Model):
    """History of connectivity: what uptime and flapping are read from."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "stations_connection_event"
        indexes = [models.Index(fields=["station", "at"], name="stations_conn_event_at")]


class WaitingStation(models.Model):
    """A station nobody knows: refused, shown to people, approved with one click."""

    identity = models.CharField(max_length=255, primary_key=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=1)
    address = models.CharField(max_length=64, blank=True)
    subprotocols = ArrayField(models.CharField(max_length=64), default=list)
    security_profile = models.PositiveSmallIntegerField(default=0)
    handshake = models.JSONField(default=dict)

    class Meta:
        db_table = "stations_waiting"


class StationMessage(models.Model):
    """A message as it came or went, raw: evidence, never overwritten; kept for a number of days.

    Partitioned by day of receipt; made by SQL (migration 0002).
    """

    id = models.BigAutoField(primary_key=True)
    station_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    is_from_station = models.BooleanField()
    version = models.SmallIntegerField()
    action = models.TextField()
    message_id = models.TextField()
    fingerprint = models.BigIntegerField(null=True)
    is_repeat = models.BooleanField(default=False)
    frame = models.TextField()

    class Meta:
        db_table = "stations_message"
        managed = False


class QuarantinedMessage(models.Model):
    """A message that could not be stored as what it means; its raw frame is safe here and alarms people."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField()
    version = models.CharField(max_length=16)
    action = models.CharField(max_length=100)
    message_id = models.TextField()
    frame = models.BinaryField()
    error = models.TextField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stations_quarantine"


class StatusReport(models.Model):
    """History of reported status, station and connectors; append-only, partitioned by SQL (0002)."""

    id = models.BigAutoField(primary_key=True)
    station_id = models.BigIntegerField()
    evse = models.IntegerField()
    connector = models.IntegerField()
    status = models.TextField()
    error_code = models.TextField()
    vendor_error_code = models.TextField()
    info = models.TextField()
    station_time = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_late = models.BooleanField()

    class Meta:
        db_table = "stations_status_report"
        managed = False


class StationEvent(models.Model):
    """Anything else a station told: NotifyEvent, SecurityEventNotification, firmware and log status, data."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)
    evse = models.IntegerField(null=True)
    connector = models.IntegerField(null=True)
    name = models.CharField(max_length=255, blank=True)
    detail = models.JSONField(default=dict)
    station_time = models.DateTimeField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "stations_event"
        indexes = [models.Index(fields=["station", "at"], name="stations_event_at")]


class Variable(models.Model):
    """One variable of a station's device model as last reported; 1.6 keys stand under component OCPP16."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="variables")
    component = models.CharField(max_length=64)
    component_instance = models.CharField(max_length=64, blank=True)
    evse = models.IntegerField(default=0)
    connector = models.IntegerField(default=0)
    name = models.CharField(max_length=64)
    instance = models.CharField(max_length=64, blank=True)
    attribute = models.CharField(max_length=16, default="Actual")
    value = models.TextField(null=True)
    is_readonly = models.BooleanField(null=True)
    characteristics = models.JSONField(null=True)
    reported_at = models.DateTimeField()

    class Meta:
        db_table = "stations_variable"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "station",
                    "component",
                    "component_instance",
                    "evse",
                    "connector",
                    "name",
                    "instance",
                    "attribute",
                ],
                name="stations_variable_once",
            )
        ]


class StationRequest(models.Model):
    """Something asked of a station: queued, sent, answered, seen to work (or not)."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        ANSWERED = "answered"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True)
    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="+")
    command = models.CharField(max_length=64)
    body = models.JSONField()
    evse = models.IntegerField(null=True)
    connector = models.IntegerField(null=True)
    asked_by = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    gateway_id = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    is_accepted = models.BooleanField(null=True)
    answer = models.JSONField(null=True)
    sentence = models.CharField(max_length=500, blank=True)
    seen_at = models.DateTimeField(null=True)
    seen_as = models.CharField(max_length=255, blank=True)
    see_by = models.DateTimeField(null=True)

    class Meta:
        db_table = "stations_request"
        indexes = [
            models.Index(fields=["station", "-queued_at"], name="stations_request_station"),
            models.Index(
                fields=["queued_at"],
                name="stations_request_open",
                condition=models.Q(state__in=["queued", "sent"]),
            ),
            models.Index(
                fields=["station"],
                name="stations_request_unseen",
                condition=models.Q(state="answered", is_accepted=True, seen_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "idempotency_key"], name="stations_request_idempotent"
            )
        ]
