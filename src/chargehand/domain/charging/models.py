"""Tables of the charging room: transactions, the evidence for them, charging periods, CDRs, repair cases."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Transaction(models.Model):
    """One charge, from plug or card to the end.

    The primary key is the `transactionId` that OCPP 1.6 stations are given: unique over all stations and
    restarts, positive, below 2^31. Station times are kept beside the times believed.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ENDED = "ended"
        SYSTEM_CLOSED = "system-closed"

    id = models.BigAutoField(primary_key=True)
    operator = models.ForeignKey(
        "accounts.Operator", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    station = models.ForeignKey(
        "stations.ChargingStation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    evse = models.IntegerField(null=True)
    connector = models.IntegerField(null=True)
    station_ref = models.TextField(null=True)
    start_key = models.TextField(null=True)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    charging_state = models.CharField(max_length=32, blank=True)
    token_uid = models.TextField(blank=True)
    token_kind = models.CharField(max_length=32, blank=True)
    token_id = models.BigIntegerField(null=True)
    authorization = models.CharField(max_length=32, blank=True)
    stopped_by = models.TextField(blank=True)
    remote_start_id = models.BigIntegerField(null=True)
    reservation_id = models.BigIntegerField(null=True)
    is_offline = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    started_station_time = models.DateTimeField(null=True)
    started_received_at = models.DateTimeField()
    meter_start_wh = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_station_time = models.DateTimeField(null=True)
    ended_received_at = models.DateTimeField(null=True)
    meter_stop_wh = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    stop_reason = models.CharField(max_length=64, blank=True)
    energy_wh = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    last_seq = models.IntegerField(null=True)
    flags = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        db_table = "charging_transaction"
        indexes = [
            models.Index(fields=["station", "-started_at"], name="charging_tx_station"),
            models.Index(fields=["operator", "-started_at"], name="charging_tx_operator"),
            models.Index(fields=["station"], name="charging_tx_open", condition=models.Q(state="open")),
            models.Index(fields=["operator", "token_uid"], name="charging_tx_token"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["station", "station_ref"], name="charging_tx_ref_once"),
            models.UniqueConstraint(fields=["station", "start_key"], name="charging_tx_start_once"),
        ]


class TransactionEvent(models.Model):
    """One message of a station about a transaction; append-only evidence, partitioned by SQL (0003).

    A 2.x event that tells nothing but periodic samples has no row: its readings carry its number.
    """

    id = models.BigAutoField(primary_key=True)
    transaction_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    kind = models.TextField()
    trigger = models.TextField()
    seq = models.IntegerField(null=True)
    is_offline = models.BooleanField()
    charging_state = models.TextField()
    station_time = models.DateTimeField(null=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "charging_transaction_event"
        managed = False


class Series(models.Model):
    """What a column of readings measures; `unit` is the base unit, `written_unit` what the station wrote."""

    measurand = models.TextField()
    phase = models.TextField()
    location = models.TextField()
    context = models.TextField()
    unit = models.TextField()
    written_unit = models.TextField()

    class Meta:
        db_table = "charging_series"
        constraints = [
            models.UniqueConstraint(
                fields=["measurand", "phase", "location", "context", "unit", "written_unit"],
                name="charging_series_once",
            )
        ]


class MeterReading(models.Model):
    """One MeterValue of a station: a moment, and the values sampled at it in base units.

    `seq` is the number of the event that told it (2.x).
    `series[i]` says what `readings[i]` measures. Append-only, partitioned by day of receipt, by SQL (0003);
    the view `charging_meter_sample` shows one row a sample.
    """

    id = models.BigAutoField(primary_key=True)
    station_id = models.BigIntegerField()
    evse = models.IntegerField()
    connector = models.IntegerField()
    transaction_id = models.BigIntegerField(null=True)
    is_inferred = models.BooleanField()
    measured_at = models.DateTimeField()
    station_time = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    seq = models.IntegerField(null=True)
    series = ArrayField(models.IntegerField())
    readings = ArrayField(models.DecimalField(max_digits=40, decimal_places=12))

    class Meta:
        db_table = "charging_reading"
        managed = False


class SignedReading(models.Model):
    """A signed meter value, byte for byte as the station sent it (quirks C15, C16)."""

    transaction_id = models.BigIntegerField(null=True)
    station_id = models.BigIntegerField()
    evse = models.IntegerField()
    measured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    context = models.CharField(max_length=64, blank=True)
    encoding = models.TextField(blank=True)
    signing_method = models.TextField(blank=True)
    public_key = models.TextField(blank=True)
    signed_data = models.TextField()

    class Meta:
        db_table = "charging_signed_reading"
        indexes = [models.Index(fields=["transaction_id"], name="charging_signed_tx")]


class MeterKey(models.Model):
    """The public key of the meter behind an EVSE while it hangs there: the register that records are held to."""

    operator_id = models.BigIntegerField()
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.PROTECT, related_name="+")
    evse = models.IntegerField()
    public_key = models.TextField()
    meter_serial = models.CharField(max_length=64, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    added_by = models.CharField(max_length=255)

    class Meta:
        db_table = "charging_meter_key"
        constraints = [
            models.UniqueConstraint(
                fields=["station", "evse"],
                condition=models.Q(valid_until__isnull=True),
                name="charging_meter_key_one_stands",
            )
        ]


class Cdr(models.Model):
    """Charge detail record of an ended transaction: final energy and times, its charging periods; immutable.

    A later amendment by the station makes a new version; the old one stays.
    """

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    operator_id = models.BigIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    energy_wh = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    periods = models.JSONField()
    flags = ArrayField(models.CharField(max_length=64), default=list)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "charging_cdr"
        constraints = [models.UniqueConstraint(fields=["transaction", "version"], name="charging_cdr_once")]


class RepairCase(models.Model):
    """A record that evidence alone could not settle: evidence, suggestion, and what a person decided."""

    class State(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"

    operator_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    transaction_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=64)
    key = models.TextField(unique=True)
    sentence = models.TextField()
    evidence = models.JSONField(default=dict)
    suggestion = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=255, blank=True)
    resolution = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "charging_repair_case"
        indexes = [models.Index(fields=["operator_id", "state", "-opened_at"], name="charging_repair_open")]


class PendingStart(models.Model):
    """A remote start the station accepted; a transaction must follow before `deadline` (quirk A14).

    `plug_state` is what the plug said of itself when it was asked for (quirk A15).
    """

    request_id = models.UUIDField(primary_key=True)
    operator_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    evse = models.IntegerField(null=True)
    remote_start_id = models.BigIntegerField(unique=True)
    token_uid = models.TextField()
    asked_at = models.DateTimeField()
    deadline = models.DateTimeField()
    transaction_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=32, blank=True)
    plug_state = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        db_table = "charging_pending_start"
        indexes = [
            models.Index(fields=["station_id"], name="charging_pending_open", condition=models.Q(outcome="")),
            models.Index(
                fields=["-asked_at"],
                name="charging_pending_finishing",
                condition=models.Q(plug_state="Finishing"),
            ),
        ]
