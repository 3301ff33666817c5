"""Tables of the watch: what was found, what the engine remembers, and which batches it has taken since."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class HealthFinding(models.Model):
    """A finding of the engine, written once: `key` names scope, place, kind and moment.

    `station` is where it was seen, `station_ids` names all stations concerned; EVSE 0: the station itself.
    `is_past`: when it was found it had been over for long, or nobody can have acted on it: nobody is alarmed.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    scope = models.CharField(max_length=16)
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    station_ids = ArrayField(models.BigIntegerField())
    evse = models.IntegerField(default=0)
    kind = models.CharField(max_length=40)
    candidates = ArrayField(models.CharField(max_length=40))
    severity = models.PositiveSmallIntegerField()
    first_seen = models.DateTimeField()
    found_at = models.DateTimeField()
    is_past = models.BooleanField(default=False)
    sentence = models.TextField()
    facts = models.JSONField(default=dict)
    stored_at = models.DateTimeField()

    class Meta:
        db_table = "health_finding"
        constraints = [models.UniqueConstraint(fields=["operator", "key"], name="health_finding_once")]
        indexes = [
            models.Index(fields=["operator", "-id"], name="health_finding_operator"),
            models.Index(fields=["station", "-found_at"], name="health_finding_station"),
        ]


class Watch(models.Model):
    """What the engine of an operator remembers; the row is the lock that lets one worker at a time watch.

    `held_by` says which worker has the engine in its memory: others leave it alone until `held_until`.
    Everything written by transactions below `xid` has been taken, in `number` batches; `state` (compressed) is
    the engine after `saved_number` of them. The batches since are in `WatchBatch`: taking them
    again brings the engine to where it was.
    """

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    xid = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0)
    state = models.BinaryField(null=True)
    saved_number = models.BigIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField()
    held_by = models.UUIDField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_watch"


class WatchBatch(models.Model):
    """A batch taken since the last save: evidence of the transactions from `from_xid` to below `to_xid`.

    `asked_at` is what time it was; `lines` are those that no table of evidence holds (plates, pulses), as JSON
    lines.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField()
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    asked_at = models.DateTimeField()
    lines = models.BinaryField()

    class Meta:
        db_table = "health_watch_batch"
        constraints = [models.UniqueConstraint(fields=["operator", "number"], name="health_watch_batch_once")]
