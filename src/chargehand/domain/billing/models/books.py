"""Tables of the ledger. All are append-only but `AccountNumber`: triggers refuse UPDATE and DELETE (0002)."""

from django.db import models
from django.db.models import Q


class Account(models.Model):
    """An account of an operator in one currency; `chart` says what kinds there are."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32)
    detail = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "billing_account"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "kind", "currency", "detail"], name="billing_account_once"
            )
        ]


class Posting(models.Model):
    """A business event in the books: its entries add up to zero in each currency (deferred trigger, 0002).

    `key` is the business event's own: one event gives one posting. A pending posting is a hold: it counts
    as held until another posting `resolves` it, for all or a part of it, or for nothing.
    """

    operator = models.ForeignKey(
        "accounts.Operator", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    is_pending = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")
    resolves = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True)
    memo = models.CharField(max_length=255, blank=True)
    happened_at = models.DateTimeField()
    posted_at = models.DateTimeField()

    class Meta:
        db_table = "billing_posting"
        indexes = [models.Index(fields=["operator", "-id"], name="billing_posting_operator")]
        constraints = [
            models.UniqueConstraint(fields=["operator", "key"], name="billing_posting_once"),
            models.CheckConstraint(
                condition=Q(is_pending=False) | Q(reverses__isnull=True, resolves__isnull=True),
                name="billing_pending_stands_alone",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(is_pending=True), name="billing_only_holds_expire"
            ),
        ]


class Entry(models.Model):
    """A leg of a posting: whole minor units, debits above zero and credits below."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()

    class Meta:
        db_table = "billing_entry"
        indexes = [models.Index(fields=["account", "id"], name="billing_entry_account")]
        constraints = [models.CheckConstraint(condition=~Q(minor=0), name="billing_entry_not_zero")]


class AccountNumber(models.Model):
    """The number that an account, or with `detail` "" all of a kind, has in an operator's bookkeeping."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    detail = models.CharField(max_length=255, blank=True)
    number = models.CharField(max_length=9)

    class Meta:
        db_table = "billing_account_number"
        constraints = [
            models.UniqueConstraint(fields=["operator", "kind", "detail"], name="billing_account_number_once")
        ]
