"""What OCPI demands of a CDR, 2.2.1 and 2.3.0: fields, cardinalities, lengths and words (mod_cdrs, types)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Check = Callable[[Any], bool]
Rules = dict[str, tuple[bool, Check]]

TIME = re.compile(r"[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z?")
EVSE_ID = re.compile(r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9][A-Z0-9*]{0,30}")
TOKENS = {"AD_HOC_USER", "APP_USER", "OTHER", "RFID"}
DIMENSIONS = {
    *("CURRENT", "ENERGY", "ENERGY_EXPORT", "ENERGY_IMPORT", "MAX_CURRENT", "MIN_CURRENT", "MAX_POWER"),
    *("MIN_POWER", "PARKING_TIME", "POWER", "RESERVATION_TIME", "STATE_OF_CHARGE", "TIME"),
}


def text(most: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= most


def ci(most: int) -> Check:
    return lambda value: isinstance(value, str) and 0 < len(value) <= most and value.isascii()


def word(*words: str) -> Check:
    return lambda value: value in words


def match(pattern: re.Pattern[str], most: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= most and bool(pattern.fullmatch(value))


def number(value: Any) -> bool:
    return isinstance(value, Decimal | int) and not isinstance(value, bool) and value >= 0


def amount(value: Any) -> bool:
    return isinstance(value, Decimal | int) and not isinstance(value, bool)


def many(rules: Rules, least: int = 0) -> Check:
    return lambda value: (
        isinstance(value, list) and len(value) >= least and all(not faults(each, rules) for each in value)
    )


def one(rules: Rules) -> Check:
    return lambda value: not faults(value, rules)


def faults(value: dict[str, Any], rules: Rules) -> list[str]:
    """Return what rules have against an object, by the names of fields."""
    found = [name for name in value if name not in rules]
    for name, (is_needed, check) in rules.items():
        if name not in value:
            found += [f"{name} is missing"] if is_needed else []
        elif not check(value[name]):
            found.append(f"{name}: {value[name]!r}")
    return found


_TAX: Rules = {
    "name": (True, text(255)),
    "account_number": (False, text(255)),
    "percentage": (False, number),
    "amount": (True, amount),
}
PRICES: dict[str, Rules] = {
    "2.2.1": {"excl_vat": (True, amount), "incl_vat": (False, amount)},
    "2.3.0": {"before_taxes": (True, amount), "taxes": (False, many(_TAX))},
}
_COORDINATES: Rules = {
    "latitude": (True, match(re.compile(r"-?[0-9]{1,2}\.[0-9]{5,7}"), 10)),
    "longitude": (True, match(re.compile(r"-?[0-9]{1,3}\.[0-9]{5,7}"), 11)),
}
_LOCATION: Rules = {
    "id": (True, ci(36)),
    "name": (False, text(255)),
    "address": (True, text(45)),
    "city": (True, text(45)),
    "postal_code": (False, text(10)),
    "state": (False, text(20)),
    "country": (True, match(re.compile("[A-Z]{3}"), 3)),
    "coordinates": (True, one(_COORDINATES)),
    "evse_uid": (True, ci(36)),
    "evse_id": (True, match(EVSE_ID, 48)),
    "connector_id": (True, ci(36)),
    "connector_standard": (True, text(40)),
    "connector_format": (True, word("SOCKET", "CABLE")),
    "connector_power_type": (
        True,
        word("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"),
    ),
}
_PERIOD: Rules = {
    "start_date_time": (True, match(TIME, 25)),
    "dimensions": (True, many({"type": (True, word(*DIMENSIONS)), "volume": (True, number)}, 1)),
    "tariff_id": (False, ci(36)),
}


def _signed(most: int) -> Rules:
    value: Rules = {
        "nature": (True, word("Start", "End", "Intermediate")),
        "plain_data": (True, text(most)),
        "signed_data": (True, text(5000)),
    }
    return {
        "encoding_method": (True, ci(36)),
        "encoding_method_version": (False, lambda given: isinstance(given, int)),
        "public_key": (False, text(512)),
        "signed_values": (True, many(value, 1)),
        "url": (False, text(512)),
    }


def _tariff(version: str) -> Rules:
    loose = ("type", "tariff_alt_text", "tariff_alt_url", "min_price", "max_price", "energy_mix")
    anything: Check = lambda _value: True  # noqa: E731 -- a table of checks
    return {
        **{name: (True, ci(most)) for name, most in (("country_code", 2), ("party_id", 3), ("id", 36))},
        "currency": (True, ci(3)),
        "elements": (True, lambda value: isinstance(value, list) and bool(value)),
        "last_updated": (True, match(TIME, 25)),
        **dict.fromkeys(loose, (False, anything)),
        **dict.fromkeys(("start_date_time", "end_date_time"), (False, match(TIME, 25))),
        **({"tax_included": (True, word("YES", "NO", "N/A"))} if version == "2.3.0" else {}),
    }


def cdr_rules(version: str) -> Rules:
    """Return the rules of a CDR object."""
    price = one(PRICES[version])
    tokens = TOKENS | ({"EMAID"} if version == "2.3.0" else set())
    token: Rules = {
        "country_code": (True, ci(2)),
        "party_id": (True, ci(3)),
        "uid": (True, ci(36)),
        "type": (True, word(*tokens)),
        "contract_id": (True, ci(36)),
    }
    costs = ("fixed", "energy", "time", "parking", "reservation")
    return {
        "country_code": (True, ci(2)),
        "party_id": (True, ci(3)),
        "id": (True, ci(39)),
        "start_date_time": (True, match(TIME, 25)),
        "end_date_time": (True, match(TIME, 25)),
        "session_id": (False, ci(36)),
        "cdr_token": (True, one(token)),
        "auth_method": (True, word("AUTH_REQUEST", "COMMAND", "WHITELIST")),
        "authorization_reference": (False, ci(36)),
        "cdr_location": (True, one(_LOCATION)),
        "meter_id": (False, text(255)),
        "currency": (True, text(3)),
        "tariffs": (False, many(_tariff(version))),
        "charging_periods": (True, many(_PERIOD, 1)),
        "signed_data": (False, one(_signed(512 if version == "2.2.1" else 5000))),
        "total_cost": (True, price),
        **{f"total_{kind}_cost": (False, price) for kind in costs},
        "total_energy": (True, number),
        "total_time": (True, number),
        "total_parking_time": (False, number),
        "remark": (False, text(255)),
        "invoice_reference_id": (False, ci(39)),
        "credit": (False, lambda value: value is True),
        "credit_reference_id": (False, ci(39)),
        "home_charging_compensation": (False, lambda value: isinstance(value, bool)),
        "last_updated": (True, match(TIME, 25)),
    }
