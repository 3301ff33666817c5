"""Tables of what drivers object to, and of large credits that a second person must grant."""

from django.db import models
from django.db.models import Q

from chargehand.domain.billing.models.prices import PricedCdr


class Objection(models.Model):
    """A driver says that something about a charge is not right, in his own words.

    `contact` is the e-mail address to answer to, "" where none was given; `answer` is for the driver's eyes.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"

    operator_id = models.BigIntegerField()
    transaction = models.ForeignKey("charging.Transaction", on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    contact = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=2, default="en")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=255, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        db_table = "billing_objection"
        indexes = [models.Index(fields=["operator_id", "state", "-id"], name="billing_objection_open")]


class CreditRequest(models.Model):
    """A price that somebody wants to take back and a second person must grant; money in minor units."""

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        REFUSED = "refused"

    operator_id = models.BigIntegerField()
    priced = models.ForeignKey(PricedCdr, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    note = models.TextField()
    asked_kind = models.CharField(max_length=10)
    asked_id = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=255)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "billing_credit_request"
        indexes = [models.Index(fields=["operator_id", "state", "-id"], name="billing_request_open")]
        constraints = [
            models.UniqueConstraint(fields=["priced"], condition=Q(state="open"), name="billing_request_once")
        ]
