"""What a document tells of a charge: where and when, by which readings, and who vouches for them."""

from collections.abc import Mapping
from decimal import Decimal

from chargehand.domain.billing.documents.shapes import SessionProof, SignedProof
from chargehand.domain.charging import proofs
from chargehand.domain.charging.proofs import Proof, Site
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.charging.signed_judgement import JudgedReading, judge
from chargehand.domain.stations import queries as stations


def session_proof(
    operator_id: int, transaction_id: int, *, energy_wh: Decimal, time_zone: str
) -> SessionProof | None:
    """Return the proof of an ended charge; None where it is not there or goes on."""
    found = proofs.proof(operator_id, transaction_id)
    if found is None or found.transaction.ended_at is None:
        return None
    plugs = stations.plugs(operator_id, found.transaction.station_id)
    return _session_proof(operator_id, found, plugs, energy_wh, time_zone)


def session_proofs(operator_id: int, charges: Mapping[int, tuple[Decimal, str]]) -> dict[int, SessionProof]:
    """Return the proofs of ended charges, given by id with their energy in Wh and their time zone."""
    found = {
        key: each
        for key, each in proofs.proofs_of(operator_id, charges).items()
        if each.transaction.ended_at is not None
    }
    plugs = stations.plugs_of(operator_id, {each.transaction.station_id for each in found.values()})
    return {
        key: _session_proof(operator_id, each, plugs.get(each.transaction.station_id, []), *charges[key])
        for key, each in found.items()
    }


def _session_proof(
    operator_id: int, found: Proof, plugs: list[tuple[int, int]], energy_wh: Decimal, time_zone: str
) -> SessionProof:
    view = found.transaction
    return SessionProof(
        session=str(view.id),
        station=view.station_name or view.identity,
        plug=_letter(plugs, view),
        place=view.location_name,
        address=_address(found.site),
        started_at=view.started_at,
        ended_at=view.ended_at or view.started_at,
        time_zone=time_zone,
        energy_kwh=kwh_of(energy_wh),
        meter_start_kwh=_meter(view.meter_start_wh),
        meter_stop_kwh=_meter(view.meter_stop_wh),
        token_label=mask(view.token_uid),
        signed=tuple(_signed(each) for each in judge(operator_id, found).readings) if found.signed else (),
    )


def mask(token_uid: str) -> str:
    """Return a token that cannot be copied: its last four characters, of a short one none."""
    if not token_uid:
        return ""
    return f"\u2026{token_uid[-4:]}" if len(token_uid) > 6 else "\u2026"


def kwh_of(wh: Decimal) -> Decimal:
    """Return kWh of Wh, exactly and without needless zeros."""
    kwh = (wh / 1000).normalize()
    return kwh.quantize(Decimal(1)) if kwh == kwh.to_integral_value() else kwh


def _meter(wh: Decimal | None) -> Decimal | None:
    return None if wh is None else kwh_of(wh)


def _letter(plugs: list[tuple[int, int]], view: TransactionView) -> str:
    """Return the letter of the plug, A for the first one of the charger."""
    place = (view.evse or 1, view.connector or 1)
    number = plugs.index(place) if place in plugs else place[0] - 1
    return chr(ord("A") + number % 26)


def _address(place: Site | None) -> str:
    if place is None:
        return ""
    town = f"{place.postal_code} {place.city}".strip()
    return ", ".join(part for part in (place.address, town, place.country) if part)


def _signed(judged: JudgedReading) -> SignedProof:
    verdict = judged.verdict
    key = judged.reading.public_key if verdict is None else verdict.key or judged.reading.public_key
    return SignedProof(
        format=judged.reading.encoding if verdict is None else verdict.format.value,
        public_key=key if judged.is_by_register else judged.reading.public_key or key,
        verdict=judged.sentence,
        data=judged.reading.signed_data,
    )
