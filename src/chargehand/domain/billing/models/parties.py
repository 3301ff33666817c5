"""Tables of who bills, who is billed, and at whose site."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class _Party(models.Model):
    """What a document says of somebody; `address` is lines of street and house."""

    name = models.CharField(max_length=200)
    address = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    tax_number = models.CharField(max_length=30, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    registration = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class LegalEntity(_Party):
    """Who sells: an operator's company. Days, months and years of its documents are those of `time_zone`.

    A series is a prefix in which `{year}` stands for the year of issue; a number follows it.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    is_default = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=2, default="en")
    invoice_series = models.CharField(max_length=40, default="R-{year}-")
    credit_series = models.CharField(max_length=40, default="C-{year}-")
    host_series = models.CharField(max_length=40, default="H-{year}-")
    payment_days = models.PositiveSmallIntegerField(default=14)
    payment_text = models.TextField(blank=True)

    class Meta:
        db_table = "billing_legal_entity"
        constraints = [
            models.UniqueConstraint(
                fields=["operator"], condition=Q(is_default=True), name="billing_one_default_entity"
            )
        ]


class Customer(_Party):
    """Who buys, by name. The tokens of `CustomerToken`, else those of the group, charge on this account."""

    class Mode(models.TextChoices):
        IMMEDIATE = "immediate"
        MONTHLY = "monthly"

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    is_business = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="en")
    mode = models.CharField(max_length=9, choices=Mode, default=Mode.IMMEDIATE)
    group_uid = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "billing_customer"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "group_uid"],
                condition=~Q(group_uid=""),
                name="billing_customer_group_once",
            )
        ]


class CustomerToken(models.Model):
    """A token that charges on a customer's account."""

    token = models.OneToOneField("tokens.Token", primary_key=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "billing_customer_token"


class SiteHost(_Party):
    """Who owns a site and has a share of what is earned there."""

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, default="en")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "billing_site_host"
