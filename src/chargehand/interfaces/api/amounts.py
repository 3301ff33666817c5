"""Money on the wire: currency, whole minor units, and the same as an exact decimal text."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.interfaces.api.problems import Problem
from chargehand.kernel.money import Money, MoneyError

#: An amount in major units that callers send, as text so that it stays exact: "12.34".
AmountAsked = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]


class Amount(Schema):
    """Money. `minor` counts the smallest units of the currency, `amount` says the same: 1250 is "12.50" EUR."""

    currency: Annotated[str, Field(description="ISO 4217")]
    minor: int
    amount: str


def amount(minor: int, currency: str) -> dict[str, Any]:
    """Return minor units as they are written."""
    return {"currency": currency, "minor": minor, "amount": f"{Money(minor, currency).amount:f}"}


def told(view: msgspec.Struct, currency: str | None = None) -> dict[str, Any]:
    """Return the fields of a view; those that end with `_minor` become amounts, without that ending.

    The currency is the view's own unless given.
    """
    code = str(currency or getattr(view, "currency", ""))
    found: dict[str, Any] = {}
    for name in view.__struct_fields__:
        value = getattr(view, name)
        if name.endswith("_minor"):
            found[name.removesuffix("_minor")] = None if value is None else amount(value, code)
        else:
            found[name] = value
    return found


def read_amount(text: str, currency: str) -> int:
    """Return what a caller sent in minor units. Raises Problem `bad-amount`."""
    try:
        return Money.of(Decimal(text), currency).minor
    except MoneyError as error:
        raise Problem(422, "bad-amount", _("This is no amount of %s.") % currency) from error
