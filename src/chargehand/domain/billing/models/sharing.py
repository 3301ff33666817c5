"""Tables of revenue shares and of statements to fleets and site hosts.

`HostShare`, `Statement` and `StatedShare` are append-only: triggers refuse UPDATE and DELETE (0004).
"""

from django.db import models
from django.db.models import F, Q

from chargehand.domain.billing.models.books import Posting
from chargehand.domain.billing.models.parties import Customer, LegalEntity, SiteHost
from chargehand.domain.billing.models.prices import PricedCdr


class RevenueShare(models.Model):
    """What a host gets of each charge at a location in one currency, from when until when.

    `percent` of what is left before taxes after the fee, and `per_kwh` in major units. The fee is one figure
    for each charge: `fee_percent` of what the driver owes, and `fee_fixed` in major units.
    """

    operator_id = models.BigIntegerField()
    host = models.ForeignKey(SiteHost, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey("stations.Location", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    per_kwh = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    fee_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    fee_fixed = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "billing_revenue_share"
        indexes = [models.Index(fields=["location", "currency", "-valid_from"], name="billing_share_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, per_kwh__gte=0), name="billing_share_sane"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="billing_share_ends_later",
            ),
        ]


class HostShare(models.Model):
    """A host's share of a price, or what a credit claws back of it; minor units, negative for a credit."""

    priced = models.OneToOneField(PricedCdr, primary_key=True, on_delete=models.PROTECT, related_name="+")
    operator_id = models.BigIntegerField()
    host = models.ForeignKey(SiteHost, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(RevenueShare, on_delete=models.PROTECT, related_name="+", db_index=False)
    posting = models.OneToOneField(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    share_minor = models.BigIntegerField()
    happened_at = models.DateTimeField()

    class Meta:
        db_table = "billing_host_share"


class Statement(models.Model):
    """A statement to a fleet or a host for a period, whole: `document` is a `documents.shapes.Document`."""

    class Kind(models.TextChoices):
        FLEET = "fleet"
        HOST = "host"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind)
    key = models.CharField(max_length=100)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    host = models.ForeignKey(SiteHost, null=True, on_delete=models.PROTECT, related_name="+")
    series = models.CharField(max_length=40, blank=True)
    sequence = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)
    posting = models.OneToOneField(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    period_from = models.DateField()
    period_to = models.DateField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    document = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "billing_statement"
        constraints = [
            models.UniqueConstraint(fields=["operator", "key"], name="billing_statement_key_once"),
            models.UniqueConstraint(
                fields=["entity", "series", "sequence"], name="billing_statement_sequence"
            ),
            models.CheckConstraint(
                condition=Q(kind="fleet", customer__isnull=False, host__isnull=True)
                | Q(kind="host", customer__isnull=True, host__isnull=False),
                name="billing_statement_to_one",
            ),
        ]


class StatedShare(models.Model):
    """A share on a statement; each is on one only."""

    share = models.OneToOneField(HostShare, primary_key=True, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="shares")

    class Meta:
        db_table = "billing_stated_share"
