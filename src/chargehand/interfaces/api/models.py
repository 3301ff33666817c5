"""Table of requests that carried an Idempotency-Key: one sent twice does its deed once."""

from django.db import models


class IdempotentDeed(models.Model):
    """A deed that was done for a key; `fingerprint` is the SHA-256 of what was asked, `made` the result's id."""

    operator_id = models.BigIntegerField()
    asker = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    made = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "asker", "key"], name="api_deed_once_per_key")
        ]
        indexes = [models.Index(fields=["at"], name="api_deed_at")]
