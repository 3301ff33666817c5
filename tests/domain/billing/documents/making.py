"""Documents in few words: lines of energy, time and limits that add up, and who sells and buys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chargehand.domain.billing.documents.shapes import (
    Category,
    Document,
    DocumentLine,
    Party,
    SessionProof,
    SignedProof,
    TaxGroup,
)
from chargehand.kernel.money import exponent_of

SELLER = Party(
    name="Volt & Söhne GmbH",
    address=("Hafenstraße 7",),
    postal_code="20457",
    city="Hamburg",
    country="DE",
    vat_id="DE136695976",
    tax_number="12/345/67890",
    email="rechnung@volt.example",
    registration="HRB 4107 Hamburg",
)
BUYER = Party(
    name="Fuhrpark Łódź Sp. z o.o.",
    address=("ul. Piotrkowska 1", "2. piętro"),
    postal_code="90-001",
    city="Łódź",
    country="PL",
    vat_id="PL1234567890",
)
SIGNED = SignedProof(
    format="OCMF",
    public_key="3059301306072A8648CE3D020106082A8648CE3D03010703420004",
    verdict="The signature is good.",
    data='OCMF|{"FV":"1.0"}|{"SD":"3045"}',
)
BEGAN = datetime(2026, 3, 5, 16, 2, 10, tzinfo=UTC)


def line(
    quantity: str = "31.2",
    price: str | None = "0.49",
    *,
    percent: str = "19",
    unit: Any = "KWH",
    currency: str = "EUR",
    before: int | None = None,
    category: Category = "S",
    **more: Any,
) -> DocumentLine:
    """Make a line whose amounts are rounded half up, or with an amount of its own (`price` None)."""
    scale = 10 ** exponent_of(currency)
    if before is None:
        before = _round(Decimal(quantity) * Decimal(price or "0") * scale)
    tax = _round(before * Decimal(percent) / 100)
    told: dict[str, Any] = {"text": "Energy", "session_ref": "77", **more}
    return DocumentLine(
        quantity=Decimal(quantity),
        unit=unit,
        unit_price=None if price is None else Decimal(price),
        before_minor=before,
        tax_percent=Decimal(percent),
        tax_minor=tax,
        after_minor=before + tax,
        category=category,
        **told,
    )


def proof(session: str = "77", **more: Any) -> SessionProof:
    """Make the proof of a charge of an hour."""
    told: dict[str, Any] = {
        "station": "4107",
        "plug": "A",
        "place": "Hafengarage",
        "address": "Am Kai 3, 20457 Hamburg",
        "started_at": BEGAN,
        "ended_at": BEGAN + timedelta(minutes=48),
        "time_zone": "Europe/Berlin",
        "energy_kwh": Decimal("31.2"),
        "meter_start_kwh": Decimal("10412.6"),
        "meter_stop_kwh": Decimal("10443.8"),
        "token_label": "•••• FE01",
        "signed": (SIGNED,),
    }
    return SessionProof(session=session, **{**told, **more})


def document(lines: Iterable[DocumentLine] | None = None, **more: Any) -> Document:
    """Make an invoice of these lines that adds up; `more` replaces any field."""
    found = tuple(lines) if lines is not None else (line(),)
    groups: dict[tuple[Category, Decimal], list[DocumentLine]] = {}
    for each in found:
        groups.setdefault((each.category, each.tax_percent), []).append(each)
    before, tax = sum(each.before_minor for each in found), sum(each.tax_minor for each in found)
    paid, rounding = more.get("paid_minor", 0), more.get("rounding_minor", 0)
    told: dict[str, Any] = {
        "kind": "invoice",
        "number": "R-2026-000017",
        "series": "R-2026-",
        "issued_on": date(2026, 3, 5),
        "tax_period": (date(2026, 3, 1), date(2026, 3, 31)),
        "supplied": (date(2026, 3, 5), date(2026, 3, 5)),
        "language": "de",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "seller": SELLER,
        "buyer": BUYER,
        "lines": found,
        "taxes": tuple(_group(key, own) for key, own in groups.items()),
        "before_minor": before,
        "tax_minor": tax,
        "after_minor": before + tax,
        "due_minor": before + tax - paid + rounding,
        "payment_text": "Zahlbar innerhalb von 14 Tagen ohne Abzug.",
        "due_on": date(2026, 3, 19),
        "sessions": (proof(),),
        "receipt_url": "https://volt.example/r/AbCdEf0123456789abcdef",
    }
    return Document(**{**told, **more})


def _group(key: tuple[Category, Decimal], own: list[DocumentLine]) -> TaxGroup:
    category, percent = key
    reason = {"AE": "Reverse charge", "E": "Exempt", "O": "Outside the scope"}.get(category, "")
    base, tax = sum(each.before_minor for each in own), sum(each.tax_minor for each in own)
    return TaxGroup(category=category, percent=percent, base_minor=base, tax_minor=tax, reason=reason)


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
