"""Tags of the pages about money: minor units as people read them."""

from __future__ import annotations

from django import template

from chargehand.interfaces.ui import formats
from chargehand.kernel.money import Money

register = template.Library()


@register.filter
def minor(value: int | None, currency: str | None) -> str:
    """Minor units of a currency as money; a dash where there is none."""
    return formats.write_money(Money(value, currency) if value is not None and currency else None)
