"""Stops that name no transaction we know: matched by evidence, or kept for a person (quirks A1, A2, A5)."""

from chargehand.domain.charging import repair
from chargehand.domain.charging.memory import StationMemory, TransactionMemory
from chargehand.domain.stations.events import TransactionReported
from chargehand.domain.stations.told import Told
from chargehand.kernel import clock


def match_stop(told: Told, event: TransactionReported, memory: StationMemory) -> TransactionMemory | None:
    """Return the one open transaction that a stop can belong to; otherwise open a case and return None.

    Started before the stop, with a register not above it, and with the same token if there are several.
    """
    at = clock.best_time(event.time, told.received_at)
    possible = [
        known
        for known in memory.transactions.values()
        if known.is_open
        and known.started_at <= at
        and (event.meter_wh is None or known.meter_start_wh is None or event.meter_wh >= known.meter_start_wh)
    ]
    token = (event.token_uid or "").strip().casefold()
    same_token = [known for known in possible if token and known.token_uid.strip().casefold() == token]
    found = same_token if len(possible) > 1 else possible
    if len(found) == 1:
        found[0].flags = list(dict.fromkeys([*found[0].flags, "stop-inferred"]))
        return found[0]
    _open_case(told, event, [known.number for known in possible])
    return None


def _open_case(told: Told, event: TransactionReported, possible: list[int]) -> None:
    when = event.time or told.received_at
    repair.open_case(
        operator_id=told.operator_id,
        station_id=told.station_id,
        transaction_id=None,
        kind="orphan-stop",
        key=f"orphan-stop|{told.station_id}|{event.ref}|{when.isoformat()}|{event.meter_wh}",
        sentence=(
            f"The station stopped a transaction it calls {event.ref}, which nobody knows."
            " Choose the transaction it belongs to, or close the case."
        ),
        evidence={
            "ref": event.ref,
            "station_time": event.time,
            "meter_stop_wh": event.meter_wh,
            "token": event.token_uid,
            "reason": event.stop_reason,
            "possible": possible,
        },
        suggestion={"action": "attach" if possible else "close", "transactions": possible},
    )
