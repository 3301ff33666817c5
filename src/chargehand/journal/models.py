"""Tables of the journal: facts, how far each follower has read, and what a follower could not do."""

from django.db import models


class StatedFact(models.Model):
    """A fact as stated; append-only (a trigger refuses change).

    `xid` is the writing transaction: readers stop before the oldest one still running, so that a fact
    committed late is never skipped.
    """

    name = models.CharField(max_length=80)
    operator_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    stated_at = models.DateTimeField()
    body = models.JSONField()

    class Meta:
        db_table = "journal_fact"


class FollowerCursor(models.Model):
    """How far a follower has read: everything up to (`xid`, `fact_id`) is done."""

    follower = models.CharField(max_length=80, primary_key=True)
    xid = models.BigIntegerField(default=0)
    fact_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "journal_cursor"


class FollowerFailure(models.Model):
    """A fact that a follower could not act on: tried again with growing pauses, and shown to people."""

    follower = models.CharField(max_length=80)
    fact_id = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=1)
    error = models.TextField()
    first_failed_at = models.DateTimeField()
    try_again_at = models.DateTimeField()

    class Meta:
        db_table = "journal_failure"
        constraints = [models.UniqueConstraint(fields=["follower", "fact_id"], name="journal_failure_once")]
