"""Tables of numbers, invoices, credit notes, what was paid, and the keys of receipts.

`Invoice`, `InvoicedCharge` and `InvoicePayment` are append-only: triggers refuse UPDATE and DELETE (0004).
"""

from django.db import models
from django.db.models import F, Q

from chargehand.domain.billing.models.books import Posting
from chargehand.domain.billing.models.parties import Customer, LegalEntity
from chargehand.domain.billing.models.prices import PricedCdr


class NumberSeries(models.Model):
    """The last number of a series (`R-2026-`): its row is locked while the next one is taken."""

    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    series = models.CharField(max_length=40)
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "billing_number_series"
        constraints = [models.UniqueConstraint(fields=["entity", "series"], name="billing_series_once")]


class Invoice(models.Model):
    """An invoice or a credit note, whole: `document` is a `documents.shapes.Document`.

    `key` is the business event's own (`cdr:17`, `month:4:2026-10:EUR`), so that it is billed once. Minor
    units of a credit note are above zero, as in its document; `warnings` are for the operator's eyes.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit-note"

    operator = models.ForeignKey(
        "accounts.Operator", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    key = models.CharField(max_length=100)
    series = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=60)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    period_from = models.DateField()
    period_to = models.DateField()
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    rounding_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    warnings = models.JSONField(default=list)
    document = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "billing_invoice"
        indexes = [models.Index(fields=["operator", "-id"], name="billing_invoice_operator")]
        constraints = [
            models.UniqueConstraint(fields=["operator", "key"], name="billing_invoice_key_once"),
            models.UniqueConstraint(fields=["entity", "series", "sequence"], name="billing_invoice_sequence"),
            models.UniqueConstraint(fields=["entity", "number"], name="billing_invoice_number_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("before_minor") + F("tax_minor") + F("rounding_minor")),
                name="billing_invoice_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects__isnull=True)
                | Q(kind="credit-note", corrects__isnull=False),
                name="billing_credit_note_names_invoice",
            ),
        ]


class InvoicedCharge(models.Model):
    """A price on an invoice, or a credit on a credit note; each is on one only.

    `posting` is the one by which the ledger says the same; None where nothing was owed.
    """

    priced = models.OneToOneField(PricedCdr, primary_key=True, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="charges")
    posting = models.ForeignKey(
        Posting, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    account = models.CharField(max_length=255)
    total_minor = models.BigIntegerField()

    class Meta:
        db_table = "billing_invoiced_charge"


class InvoiceState(models.Model):
    """How much of an invoice is settled: paid in money, and credited (set off against a credit note).

    A credit note is set off first against what its invoice leaves open; the rest is paid out.
    """

    class State(models.TextChoices):
        OPEN = "open"
        OVERDUE = "overdue"
        PAID = "paid"
        CREDITED = "credited"

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.PROTECT, related_name="standing"
    )
    operator_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    paid_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    due_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "billing_invoice_state"
        indexes = [models.Index(fields=["operator_id", "state", "-invoice"], name="billing_invoice_by_state")]


class InvoicePayment(models.Model):
    """Money that came for an invoice, or went out for a credit note; `reference` once for each method."""

    operator_id = models.BigIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=32)
    reference = models.CharField(max_length=140)
    minor = models.BigIntegerField()
    received_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=255)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "billing_invoice_payment"
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "method", "reference"], name="billing_payment_once"
            ),
            models.CheckConstraint(condition=Q(minor__gt=0), name="billing_payment_above_zero"),
        ]


class ReceiptKey(models.Model):
    """The unguessable key (128 bits) under which a driver sees a charge."""

    transaction = models.OneToOneField(
        "charging.Transaction", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    operator_id = models.BigIntegerField()
    key = models.CharField(max_length=22, unique=True)
    made_at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "billing_receipt_key"
