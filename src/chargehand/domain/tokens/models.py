"""Table of tokens."""

from __future__ import annotations

from django.db import models


class Token(models.Model):
    """An identifier a driver shows at a station.

    `uid` is kept as it was entered; `uid_key` is what it is found by (`normalising.uid_key`).
    `group_uid` is OCPP's parentIdTag (1.6) or groupIdToken (2.0.1), OCPI's group_id.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=255)
    uid_key = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, default="rfid")
    status = models.CharField(max_length=10, default="active")
    holder_name = models.CharField(max_length=200, blank=True)
    group_uid = models.CharField(max_length=255, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=16, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "uid_key"], name="token_uid_once_per_operator"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["rfid", "app", "adhoc", "contract"]), name="token_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "blocked"]), name="token_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["operator", "group_uid"], name="token_group"),
            models.Index(fields=["operator", "-id"], name="token_newest"),
        ]
