"""The place of a charge as OCPI's CdrLocation, and what is missing for one."""

import re
from collections.abc import Iterator
from typing import Any, Final

from chargehand.domain.billing.countries import alpha_3
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.stations.queries import ConnectorView, LocationView, StationView
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion

#: OCPI 2.2.1 mod_locations, ConnectorType.
_STANDARDS: Final = frozenset(
    {
        *("CHADEMO", "CHAOJI", *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"), "GBT_AC", "GBT_DC"),
        *("IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64"),
        *("IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO", "IEC_62196_T3A"),
        *("IEC_62196_T3C", "NEMA_5_20", "NEMA_6_30", "NEMA_6_50", "NEMA_10_30", "NEMA_10_50", "NEMA_14_30"),
        *("NEMA_14_50", "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN", "TESLA_R", "TESLA_S"),
    }
)
#: Those that came with OCPI 2.3.0.
_NEWER: Final = frozenset({"MCS", "SAE_J3400"})
_POWER_TYPES: Final = frozenset({"AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"})
_BY_PHASES: Final = {1: "AC_1_PHASE", 2: "AC_2_PHASE", 3: "AC_3_PHASE"}
#: Connectors through which only direct current flows.
_DIRECT: Final = frozenset(
    {"CHADEMO", "CHAOJI", "GBT_DC", "IEC_62196_T1_COMBO", "IEC_62196_T2_COMBO", "MCS", "TESLA_R"}
    | {"PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN"}
)
#: Connectors that stations have as a socket; all others hang on a cable.
_SOCKETS: Final = ("DOMESTIC_", "IEC_60309_", "NEMA_", "IEC_62196_T2", "IEC_62196_T3")


def find_plug(station: StationView, view: TransactionView) -> ConnectorView | None:
    """Return the plug of a charge; the only one of its EVSE where the station did not say which."""
    plugs = [plug for plug in station.connectors if plug.evse == view.evse]
    named = [plug for plug in plugs if plug.connector == view.connector]
    if named:
        return named[0]
    return plugs[0] if view.connector is None and len(plugs) == 1 else None


def missing_parts(
    place: LocationView | None, plug: ConnectorView | None, version: OcpiVersion
) -> Iterator[str]:
    """Yield what a CdrLocation must have and nobody has told, by the names of its fields."""
    if place is None:
        yield "location"
    else:
        if place.latitude is None or place.longitude is None:
            yield "coordinates"
        if alpha_3(place.country) is None:
            yield "country"
    if plug is None:
        yield "connector"
        return
    if not _is_standard(plug.standard, version):
        yield "connector_standard"
    elif not power_type(plug):
        yield "connector_power_type"


def write_location(
    place: LocationView, station: StationView, plug: ConnectorView, *, party: tuple[str, str]
) -> dict[str, Any]:
    """Return the CdrLocation (OCPI mod_cdrs) of a place with no missing parts; `party` is country and id.

    Whether a plug is a socket or a cable follows from its standard: nobody tells us. A Type 2 plug for
    alternating current counts as a socket.
    """
    latitude, longitude = place.latitude or 0, place.longitude or 0
    is_direct = power_type(plug) == "DC"
    told = {
        "id": str(place.id),
        "name": place.name[:255],
        "address": place.address[:45],
        "city": place.city[:45],
        "postal_code": place.postal_code[:10],
        "country": alpha_3(place.country),
        "coordinates": {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"},
        "evse_uid": f"{station.id}.{plug.evse}",
        "evse_id": evse_id(station.identity, plug.evse, party),
        "connector_id": str(plug.connector),
        "connector_standard": plug.standard,
        "connector_format": "SOCKET" if plug.standard.startswith(_SOCKETS) and not is_direct else "CABLE",
        "connector_power_type": power_type(plug),
    }
    return {name: value for name, value in told.items() if value or name in {"address", "city"}}


def evse_id(identity: str, evse: int, party: tuple[str, str]) -> str:
    """Return the EVSE's id in the syntax of eMI3 (`DE*ABC*E4107*1`), made of what is written on the charger."""
    body = re.sub("[^A-Z0-9]+", "*", identity.upper()).strip("*") or "0"
    number = f"*{evse}"
    return f"{party[0]}*{party[1]}*E{body[: 30 - len(number)].rstrip('*')}{number}"


def power_type(plug: ConnectorView) -> str:
    """Return OCPI's PowerType of a plug, told or by its standard and phases; "" where neither says it."""
    if plug.power_type in _POWER_TYPES:
        return plug.power_type
    if plug.power_type.upper().startswith("DC") or plug.standard in _DIRECT:
        return "DC"
    return _BY_PHASES.get(plug.phases or 0, "")


def _is_standard(word: str, version: OcpiVersion) -> bool:
    return word in _STANDARDS or (version is OcpiVersion.V2_3_0 and word in _NEWER)
