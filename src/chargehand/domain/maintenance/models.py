"""Tables of maintenance: work orders and edits to them, plans, risks, firmware, logs, wanted settings."""

from django.db import models
from django.db.models import Q


class SiteNote(models.Model):
    """How technicians get to the stations of a location; read-only people see that it exists, not what."""

    location = models.OneToOneField(
        "stations.Location", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    directions = models.TextField(blank=True)
    gate_code = models.CharField(max_length=64, blank=True)
    contact = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "maintenance_site_note"


class PreventivePlan(models.Model):
    """Work that comes again: after `threshold` of `measure` at each station (or plug) in scope.

    Units of the threshold: days, cycles, kWh, insertions, hours. Empty scope fields mean any.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    checklist = models.CharField(max_length=32)
    measure = models.CharField(max_length=16)
    threshold = models.FloatField()
    is_per_plug = models.BooleanField(default=False)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    location = models.ForeignKey("stations.Location", null=True, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey(
        "stations.ChargingStation", null=True, on_delete=models.CASCADE, related_name="+"
    )
    parts = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "maintenance_plan"


class PlanMark(models.Model):
    """When a plan's work was done last at a station (EVSE 0) or plug; counting begins there."""

    plan = models.ForeignKey(PreventivePlan, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField(default=0)
    since = models.DateTimeField()
    round = models.IntegerField(default=0)

    class Meta:
        db_table = "maintenance_plan_mark"
        constraints = [
            models.UniqueConstraint(fields=["plan", "station", "evse"], name="maintenance_mark_once")
        ]


class WorkOrder(models.Model):
    """A job at a station (EVSE None) or a plug. `key` names what raised it, so that it is raised once.

    `is_blocking`: this order took the plug out of service and must put it back.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ASSIGNED = "assigned"
        ON_WAY = "on-way"
        STARTED = "started"
        WAITING_PARTS = "waiting-parts"
        DONE = "done"
        CANCELLED = "cancelled"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.PROTECT, related_name="+")
    evse = models.IntegerField(null=True)
    incident_id = models.BigIntegerField(null=True)
    plan = models.ForeignKey(PreventivePlan, null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=200, null=True)
    checklist = models.CharField(max_length=32)
    title = models.CharField(max_length=255)
    why = models.TextField(blank=True)
    priority = models.SmallIntegerField(default=2)
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    assignee = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    access_notes = models.TextField(blank=True)
    parts_suggested = models.JSONField(default=list)
    parts_used = models.JSONField(default=list)
    note = models.TextField(blank=True)
    signed_by = models.CharField(max_length=255, blank=True)
    no_test_reason = models.TextField(blank=True)
    test_transaction_id = models.BigIntegerField(null=True)
    is_blocking = models.BooleanField(default=False)
    blocked_count = models.IntegerField(default=0)
    raised_by = models.CharField(max_length=255, blank=True)
    raised_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_note = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "maintenance_order"
        indexes = [
            models.Index(fields=["operator", "state", "priority"], name="maintenance_order_state"),
            models.Index(fields=["station", "-raised_at"], name="maintenance_order_station"),
            models.Index(fields=["incident_id"], name="maintenance_order_incident"),
        ]
        constraints = [models.UniqueConstraint(fields=["operator", "key"], name="maintenance_order_once")]


class ChecklistItem(models.Model):
    """One step of an order's checklist; `value` is what was recorded: true, a number, a text, file ids."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=64)
    position = models.IntegerField()
    kind = models.CharField(max_length=16)
    text = models.CharField(max_length=255)
    unit = models.CharField(max_length=16, blank=True)
    least = models.FloatField(null=True)
    most = models.FloatField(null=True)
    is_required = models.BooleanField(default=True)
    value = models.JSONField(null=True)
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "maintenance_item"
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="maintenance_item_once")]


class OrderEdit(models.Model):
    """An edit envelope as a phone sent it: evidence, never changed but for `outcome` and `sentence`."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    made_at = models.DateTimeField()
    base_version = models.IntegerField()
    author = models.CharField(max_length=80)
    author_name = models.CharField(max_length=255)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=16)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "maintenance_edit"
        indexes = [models.Index(fields=["order", "field"], name="maintenance_edit_field")]


class OrderFile(models.Model):
    """A photo or signature of an order; the phone names it, so that one sent twice is one."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="files")
    item_key = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=16)
    media_type = models.CharField(max_length=32)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=200)
    taken_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=255)

    class Meta:
        db_table = "maintenance_file"


class LogUpload(models.Model):
    """A file a station was asked to upload; `token_hash` is of the one-time address it may use."""

    id = models.UUIDField(primary_key=True)
    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    number = models.BigIntegerField()
    request_id = models.UUIDField(null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=16, default="asked")
    sentence = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=255)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    upload_began_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=200, blank=True)
    storage_key = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "maintenance_upload"
        indexes = [
            models.Index(fields=["station", "-asked_at"], name="maintenance_upload_station"),
            models.Index(
                fields=["expires_at"],
                name="maintenance_upload_open",
                condition=Q(state__in=["asked", "uploading"]),
            ),
        ]


class FirmwareImage(models.Model):
    """A firmware file at an address stations can reach; `version` as stations report it at boot."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255)
    version = models.CharField(max_length=255)
    url = models.CharField(max_length=512)
    sha256 = models.CharField(max_length=64, blank=True)
    signature = models.TextField(blank=True)
    signing_certificate = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=255)

    class Meta:
        db_table = "maintenance_firmware"


class FirmwareCampaign(models.Model):
    """An update of many stations, wave by wave; `limits` as in `rollout.Limits`, times of day local."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    image = models.ForeignKey(FirmwareImage, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=16, default="draft")
    sentence = models.CharField(max_length=500, blank=True)
    acknowledged = models.CharField(max_length=32, blank=True)
    faults_counted_at = models.DateTimeField(null=True)
    limits = models.JSONField()
    window_from = models.TimeField(null=True)
    window_until = models.TimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=255)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "maintenance_campaign"


class CampaignWave(models.Model):
    """A wave of a campaign: waiting, running, soaking, done."""

    campaign = models.ForeignKey(FirmwareCampaign, on_delete=models.CASCADE, related_name="waves")
    number = models.IntegerField()
    state = models.CharField(max_length=16, default="waiting")
    started_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "maintenance_wave"
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="maintenance_wave_once")]


class CampaignTarget(models.Model):
    """A station in a wave: waiting, asked, downloading, installing, then done, failed or skipped."""

    wave = models.ForeignKey(CampaignWave, on_delete=models.CASCADE, related_name="targets")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=16, default="waiting")
    sentence = models.CharField(max_length=500, blank=True)
    previous_version = models.CharField(max_length=255, blank=True)
    number = models.BigIntegerField(null=True)
    request_id = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "maintenance_target"
        indexes = [models.Index(fields=["station", "state"], name="maintenance_target_station")]
        constraints = [models.UniqueConstraint(fields=["wave", "station"], name="maintenance_target_once")]


class ConfigurationProfile(models.Model):
    """Wanted settings for the stations in scope; `settings` as in `settings.Wanted`."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    vendor = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=255, blank=True)
    location = models.ForeignKey("stations.Location", null=True, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey(
        "stations.ChargingStation", null=True, on_delete=models.CASCADE, related_name="+"
    )
    settings = models.JSONField(default=list)
    is_enforced = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=255)

    class Meta:
        db_table = "maintenance_profile"


class SettingAttempt(models.Model):
    """What came of writing a wanted value to a station: what was refused is not asked again."""

    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    setting = models.CharField(max_length=400)
    value = models.TextField()
    firmware_version = models.CharField(max_length=255, blank=True)
    request_id = models.UUIDField()
    attempts = models.IntegerField(default=1)
    asked_at = models.DateTimeField()
    word = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "maintenance_setting_attempt"
        constraints = [
            models.UniqueConstraint(fields=["station", "setting"], name="maintenance_attempt_once")
        ]


class FaultMark(models.Model):
    """A fault that was found at a station: what risk is computed from."""

    finding_id = models.BigIntegerField()
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField()
    kind = models.CharField(max_length=64)
    severity = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "maintenance_fault"
        indexes = [models.Index(fields=["station", "-at"], name="maintenance_fault_station")]
        constraints = [
            models.UniqueConstraint(fields=["finding_id", "station"], name="maintenance_fault_once")
        ]


class RiskScore(models.Model):
    """The chance that a station fails its drivers within 7 and 30 days, as computed on a day, and why."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    computed_at = models.DateTimeField()
    chance_7 = models.FloatField()
    chance_30 = models.FloatField()
    reasons = models.JSONField()
    traits = models.JSONField()
    has_failed = models.BooleanField(null=True)

    class Meta:
        db_table = "maintenance_risk"
        indexes = [models.Index(fields=["operator", "day", "-chance_30"], name="maintenance_risk_day")]
        constraints = [models.UniqueConstraint(fields=["station", "day"], name="maintenance_risk_once")]
