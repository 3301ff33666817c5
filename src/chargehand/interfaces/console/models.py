"""Table of forms that were sent: a form sent twice does its deed once."""

from django.db import models


class Submission(models.Model):
    """A form that was sent and done. `once` came with the form; `target` is where the person went after it."""

    once = models.UUIDField(primary_key=True)
    user_id = models.BigIntegerField()
    target = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="console_submission_at")]
