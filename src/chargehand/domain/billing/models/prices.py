"""Tables of what each charge cost and by which tariff, and what waits for a person.

All but `PriceReview` and `BillingPolicy` are append-only: triggers refuse UPDATE and DELETE (0002).
"""

from django.db import models
from django.db.models import F, Q

from chargehand.domain.billing.models.books import Posting


class TariffSnapshot(models.Model):
    """The tariff of a charge as it was fixed when the charge began; no version: none was assigned."""

    transaction = models.OneToOneField(
        "charging.Transaction", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    operator_id = models.BigIntegerField()
    version = models.ForeignKey(
        "tariffs.TariffVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    assignment_id = models.BigIntegerField(null=True)
    token_group = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    sentences = models.JSONField()
    started_at = models.DateTimeField()
    fixed_at = models.DateTimeField()

    class Meta:
        db_table = "billing_tariff_snapshot"


class PricedCdr(models.Model):
    """What a charge detail record costs, or a credit that takes such a price back; money in minor units.

    `lines` and `trace` are those of the pricing report, each line with its rounded share, so that the lines
    add up to the totals; `taxes` has the tax by rate. A credit says the same with the signs turned.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge"
        CREDIT = "credit"

    operator = models.ForeignKey(
        "accounts.Operator", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind)
    transaction = models.ForeignKey("charging.Transaction", on_delete=models.PROTECT, related_name="+")
    cdr = models.ForeignKey("charging.Cdr", on_delete=models.PROTECT, related_name="+", db_index=False)
    credits = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("tariffs.TariffVersion", on_delete=models.PROTECT, related_name="+")
    posting = models.OneToOneField(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    energy_wh = models.DecimalField(max_digits=24, decimal_places=6)
    before_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    before_exact = models.TextField()
    after_exact = models.TextField()
    lines = models.JSONField()
    taxes = models.JSONField()
    trace = models.JSONField()
    priced_at = models.DateTimeField()
    decided_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "billing_priced_cdr"
        indexes = [
            models.Index(fields=["operator", "-id"], name="billing_priced_operator"),
            models.Index(fields=["operator", "ended_at"], name="billing_priced_ended"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cdr", "kind"], name="billing_priced_once"),
            models.CheckConstraint(
                condition=Q(kind="charge", credits__isnull=True) | Q(kind="credit", credits__isnull=False),
                name="billing_credit_names_its_charge",
            ),
            models.CheckConstraint(
                condition=Q(after_minor=F("before_minor") + F("tax_minor")), name="billing_priced_adds_up"
            ),
        ]


class WaivedCdr(models.Model):
    """A charge detail record that is not billed, and why."""

    cdr = models.OneToOneField("charging.Cdr", primary_key=True, on_delete=models.PROTECT, related_name="+")
    operator_id = models.BigIntegerField()
    transaction = models.ForeignKey("charging.Transaction", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=32)
    note = models.TextField(blank=True)
    decided_by = models.CharField(max_length=255)
    waived_at = models.DateTimeField()

    class Meta:
        db_table = "billing_waived_cdr"


class PriceReview(models.Model):
    """A charge detail record that must not be priced before a person, or better evidence, has decided."""

    class State(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"

    operator_id = models.BigIntegerField()
    transaction = models.ForeignKey("charging.Transaction", on_delete=models.PROTECT, related_name="+")
    cdr = models.OneToOneField("charging.Cdr", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32)
    sentence = models.TextField()
    evidence = models.JSONField()
    suggestion = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=255, blank=True)
    resolution = models.CharField(max_length=32, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "billing_price_review"
        indexes = [models.Index(fields=["operator_id", "state", "-id"], name="billing_review_open")]


class BillingPolicy(models.Model):
    """What an operator does not bill: less than `least_wh`, if it was short or the charger's own fault.

    Credits above `alone_up_to` major units need a second person; None: none does.
    """

    operator = models.OneToOneField(
        "accounts.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    least_wh = models.PositiveIntegerField()
    short_s = models.PositiveIntegerField()
    alone_up_to = models.PositiveIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "billing_policy"
