"""Which stations can show prices and costs, by what they report of themselves; what is not reported is no."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

#: The keys of 1.6 are those of the Open Charge Alliance's application note on California's pricing requirements.
_DISPLAYS: Final = """
SELECT s.id, s.operator_id, k.version, s.location_id, s.firmware_version, s.booted_at,
    ARRAY(SELECT DISTINCT c.evse FROM stations_connector c WHERE c.station_id = s.id AND c.evse > 0 ORDER BY 1),
    v.told
FROM stations_station s
JOIN stations_connection k ON k.station_id = s.id AND k.is_connected
JOIN LATERAL (
    SELECT jsonb_object_agg(lower(concat_ws('.', v.component, v.name, NULLIF(v.instance, ''))), v.value) AS told
    FROM stations_variable v
    WHERE v.station_id = s.id AND v.attribute = 'Actual' AND v.evse = 0 AND v.value IS NOT NULL
        AND lower(v.component) IN ('tariffcostctrlr', 'displaymessagectrlr', 'ocpp16')
        AND lower(v.name) IN ('available', 'enabled', 'currency', 'maxelements', 'conditionssupported', 'language',
            'customdisplaycostandprice', 'supportedlanguages')
) v ON v.told IS NOT NULL
WHERE s.approval = 'accepted' AND (%(stations)s::bigint[] IS NULL OR s.id = ANY(%(stations)s))
    AND (%(version)s = '' OR k.version = %(version)s)
ORDER BY s.id
"""


class CostDisplay(msgspec.Struct, frozen=True, kw_only=True):
    """What a connected station can show. `currency` is the one it is set to, "" where it does not tell.

    `shows_tariff`: words or a tariff before and during a charge; `most_elements` is how many prices a tariff may
    have, `takes_conditions` whether they may depend on anything; None: not told. `languages` are codes such as de.
    """

    station_id: int
    operator_id: int
    version: str
    location_id: int | None
    firmware: str
    booted_at: datetime | None
    evses: tuple[int, ...]
    shows_cost: bool
    shows_tariff: bool
    currency: str
    most_elements: int | None
    takes_conditions: bool | None
    languages: tuple[str, ...]


def cost_displays(station_ids: Collection[int] | None = None, *, version: str = "") -> dict[int, CostDisplay]:
    """Return the connected stations that show cost or tariff, of all operators: all, or those named."""
    values = {"stations": None if station_ids is None else list(station_ids), "version": version}
    with connection.cursor() as cursor:
        cursor.execute(_DISPLAYS, values)
        found = [_read(*row) for row in cursor.fetchall()]
    return {each.station_id: each for each in found if each.shows_cost or each.shows_tariff}


def _read(
    station_id: int,
    operator_id: int,
    version: str,
    location_id: int | None,
    firmware: str,
    booted_at: datetime | None,
    evses: list[int],
    told: str | dict[str, Any],
) -> CostDisplay:
    values: dict[str, str] = msgspec.json.decode(told) if isinstance(told, str) else told
    of_16 = _is_true(values.get("ocpp16.customdisplaycostandprice"))
    is_16 = version == "ocpp1.6"
    most = values.get("tariffcostctrlr.maxelements.tariff") or values.get("tariffcostctrlr.maxelements") or ""
    conditions = values.get("tariffcostctrlr.conditionssupported.tariff") or values.get(
        "tariffcostctrlr.conditionssupported"
    )
    spoken = values.get("ocpp16.supportedlanguages" if is_16 else "displaymessagectrlr.language") or ""
    return CostDisplay(
        station_id=station_id,
        operator_id=operator_id,
        version=version,
        location_id=location_id,
        firmware=firmware,
        booted_at=booted_at,
        evses=tuple(evses),
        shows_cost=of_16 if is_16 else _is_on(values, "cost"),
        shows_tariff=of_16 if is_16 else _is_on(values, "tariff"),
        currency="" if is_16 else values.get("tariffcostctrlr.currency", "").strip().upper(),
        most_elements=int(most) if most.isdecimal() else None,
        takes_conditions=None if conditions is None else _is_true(conditions),
        languages=tuple(tag.strip()[:2].lower() for tag in spoken.split(",") if tag.strip()),
    )


def _is_on(values: dict[str, str], kind: str) -> bool:
    """Tell whether a part of TariffCostCtrlr is enabled, and not said to be missing (2.0.1 part 2)."""
    available = values.get(f"tariffcostctrlr.available.{kind}")
    return _is_true(values.get(f"tariffcostctrlr.enabled.{kind}")) and (
        available is None or _is_true(available)
    )


def _is_true(value: str | None) -> bool:
    return value is not None and value.strip().lower() in {"true", "1"}
