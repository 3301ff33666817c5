"""The table of what drivers are told of incidents."""

from django.db import models


class DriverMessage(models.Model):
    """What drivers are told at a place of an incident (EVSE 0: all of the station), until it is taken back.

    `words` are the operator's own, beside those that stand in every language; `elsewhere` is the free plug they
    are pointed to (`driver_words.Elsewhere`). `request_id` names the command that showed it on the display, None
    where it is on the page alone.
    """

    incident = models.ForeignKey("health.Incident", on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="+")
    evse = models.IntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)
    elsewhere = models.JSONField(null=True)
    request_id = models.UUIDField(null=True)
    told_at = models.DateTimeField()
    told_by = models.CharField(max_length=255)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "health_driver_message"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "station", "evse"],
                condition=models.Q(taken_back_at=None),
                name="health_driver_message_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["station"], name="health_driver_message_shown", condition=models.Q(taken_back_at=None)
            )
        ]
