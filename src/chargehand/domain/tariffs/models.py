"""Tables of tariffs: their immutable versions, and where and for whom they count."""

from django.db import models
from django.db.models import Q


class Tariff(models.Model):
    """A tariff as people speak of it; what it costs stands in its versions.

    `ocpi_id` is OCPI's Tariff.id, `country` ISO 3166-1 alpha-2, `currency` ISO 4217; neither ever changes.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    ocpi_id = models.CharField(max_length=36)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "tariffs_tariff"
        constraints = [
            models.UniqueConstraint(fields=["operator", "ocpi_id"], name="tariff_id_once_per_operator")
        ]


class TariffVersion(models.Model):
    """What a tariff says from `valid_from` on; a trigger refuses to change or delete a row (0002).

    `text` is OCPI JSON of the version it was written in (`ocpi_version`), in one canonical spelling, with
    all numbers exact; `digest` is SHA-256 over it without `last_updated`.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    ocpi_version = models.CharField(max_length=8)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "tariffs_version"
        constraints = [
            models.UniqueConstraint(fields=["tariff", "number"], name="tariff_version_once"),
            models.CheckConstraint(
                condition=Q(ocpi_version__in=["2.2.1", "2.3.0"]), name="tariff_ocpi_version_known"
            ),
        ]


class TariffAssignment(models.Model):
    """Where and for whom a tariff counts, from `valid_from` until before `valid_until`.

    No place at all means everywhere at the operator's; an empty `token_group` means everybody.
    """

    operator = models.ForeignKey("accounts.Operator", on_delete=models.PROTECT, related_name="+")
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="assignments")
    location = models.ForeignKey(
        "stations.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    station = models.ForeignKey(
        "stations.ChargingStation", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    evse = models.PositiveIntegerField(null=True)
    connector = models.PositiveIntegerField(null=True)
    token_group = models.CharField(max_length=255, blank=True)
    priority = models.SmallIntegerField(default=0)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "tariffs_assignment"
        indexes = [models.Index(fields=["operator", "valid_from"], name="tariff_assignment_operator")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(location__isnull=True) | Q(station__isnull=True))
                & (Q(evse__isnull=True) | Q(station__isnull=False))
                & (Q(connector__isnull=True) | Q(evse__isnull=False)),
                name="tariff_assignment_one_place",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="tariff_assignment_ends_after_start",
            ),
        ]
