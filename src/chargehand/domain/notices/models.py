"""Tables of notices: channels of people, rotas, escalation, windows, alerts and their deliveries."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

#: Severities as in OCPP 2.x: 0 is danger, 9 debugging.
LEAST_SEVERITY = 9


class Channel(models.Model):
    """A way to reach a person: `sealed_target` is the encrypted address, `masked` what may be shown of it.

    It is used once `verified_at` says that the person read a code sent by it. A removed channel keeps its
    row for the delivery log and loses its address.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=80)
    sealed_target = models.TextField(blank=True)
    masked = models.CharField(max_length=120)
    least_severity = models.PositiveSmallIntegerField(default=LEAST_SEVERITY)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    time_zone = models.CharField(max_length=64)
    is_paused = models.BooleanField(default=False)
    code_asked_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notices_channel"
        indexes = [models.Index(fields=["operator", "user"], name="notices_channel_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="notices_quiet_both_ends",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(sealed_target=""), name="notices_removed_forgets"
            ),
        ]


class Rota(models.Model):
    """Who is on duty when, week by week, in the local time of `time_zone`."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notices_rota"
        constraints = [models.UniqueConstraint(fields=["operator", "name"], name="notices_rota_name_once")]


class Shift(models.Model):
    """Every week a person is on duty from `starts` on a weekday (0 Monday) to `ends`.

    Where `ends` is not after `starts`, the shift ends on the day after.
    """

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="shifts")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        db_table = "notices_shift"
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=6), name="notices_shift_weekday")]


class Override(models.Model):
    """For this time somebody else is on duty than the week says: holidays, swaps. No user: nobody is."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="overrides")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "notices_override"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="notices_override_lasts")
        ]


class EscalationPolicy(models.Model):
    """Whom to tell, one step after the other, until somebody takes care; all steps `repeats` times more."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    repeats = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notices_policy"
        constraints = [models.UniqueConstraint(fields=["operator", "name"], name="notices_policy_name_once")]


class EscalationStep(models.Model):
    """A step: those on duty of a rota, a person, or all operations; then so long a wait."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    rota = models.ForeignKey(Rota, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    wait_minutes = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "notices_step"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="notices_step_position_once"),
            models.CheckConstraint(
                condition=Q(rota__isnull=True) | Q(user__isnull=True), name="notices_step_one_target"
            ),
        ]


class Route(models.Model):
    """Which incidents go to which policy; the first that fits, by position. No policy: nobody is told.

    Empty lists and times mean any; weekdays (0 Monday) and hours are those of the operator's time zone.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    policy = models.ForeignKey(EscalationPolicy, null=True, on_delete=models.PROTECT, related_name="+")
    least_severity = models.PositiveSmallIntegerField(default=LEAST_SEVERITY)
    kinds = ArrayField(models.CharField(max_length=48), default=list)
    location_ids = ArrayField(models.BigIntegerField(), default=list)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    hours_from = models.TimeField(null=True)
    hours_to = models.TimeField(null=True)

    class Meta:
        db_table = "notices_route"
        ordering = ["position", "pk"]


class MaintenanceWindow(models.Model):
    """For this time nobody is told what is wrong there: a location, a station, or (neither) everywhere."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    location = models.ForeignKey("stations.Location", null=True, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey(
        "stations.ChargingStation", null=True, on_delete=models.CASCADE, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notices_window"
        indexes = [models.Index(fields=["operator", "ends_at"], name="notices_window_operator")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="notices_window_lasts"),
            models.CheckConstraint(
                condition=Q(location__isnull=True) | Q(station__isnull=True), name="notices_window_one_place"
            ),
        ]


class Alert(models.Model):
    """What people are told about an incident, and how far that has come.

    held (a window stands) → running (steps are due at `next_at`) → acknowledged, exhausted, resolved;
    silent: the routes say that nobody is told. `step` counts the steps taken, over all repeats, since
    `opened_at`; `run` counts how often the incident was opened.
    """

    class State(models.TextChoices):
        HELD = "held"
        RUNNING = "running"
        ACKNOWLEDGED = "acknowledged"
        EXHAUSTED = "exhausted"
        SILENT = "silent"
        RESOLVED = "resolved"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    incident_id = models.BigIntegerField()
    kind = models.CharField(max_length=48)
    severity = models.PositiveSmallIntegerField()
    station_ids = ArrayField(models.BigIntegerField())
    location_ids = ArrayField(models.BigIntegerField())
    policy = models.ForeignKey(EscalationPolicy, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, choices=State)
    run = models.PositiveSmallIntegerField(default=1)
    step = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notices_alert"
        indexes = [
            models.Index(fields=["next_at"], name="notices_alert_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["operator", "-id"], name="notices_alert_operator"),
        ]
        constraints = [models.UniqueConstraint(fields=["operator", "incident_id"], name="notices_alert_once")]


class Delivery(models.Model):
    """One message to one person by one channel; no channel: mail to the address of their account.

    `key` is what it is for, so that nothing is queued twice. queued → claimed → sent, failed or unknown
    (nobody knows whether it arrived, so it is not sent again); queued → cancelled, or merged into `digest`.
    """

    class Purpose(models.TextChoices):
        ALERT = "alert"
        UPDATE = "update"
        RESOLVED = "resolved"
        DIGEST = "digest"
        TEST = "test"
        INVITATION = "invitation"

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"
        MERGED = "merged"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="+")
    digest = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=160, unique=True)
    purpose = models.CharField(max_length=16, choices=Purpose)
    step = models.PositiveIntegerField(default=0)
    detail = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "notices_delivery"
        indexes = [
            models.Index(fields=["not_before"], name="notices_delivery_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_at"], name="notices_delivery_held", condition=Q(state="claimed")),
            models.Index(fields=["user", "channel", "-finished_at"], name="notices_delivery_person"),
            models.Index(fields=["operator", "-id"], name="notices_delivery_log"),
        ]
