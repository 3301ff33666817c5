"""What stations show of costs: by CostUpdated and totalCost of 2.0.1, and by the DataTransfer of 1.6."""

import logging

import msgspec

from chargehand.simulator.connector import Transaction
from chargehand.simulator.outbox import Payload
from chargehand.simulator.station import Station

#: The messages of the Open Charge Alliance's note on California's pricing requirements.
VENDOR = "org.openchargealliance.costmsg"

log = logging.getLogger(__name__)


def show_cost(station: Station, transaction: Transaction, cost: float) -> None:
    """Show what a transaction costs."""
    transaction.shown_costs.append(cost)
    log.info("%s shows %s for transaction %s", station.door.identity, cost, transaction.id)


def show_updated_cost(station: Station, payload: Payload) -> None:
    """Show the cost that CostUpdated tells (2.0.1 I02); of a transaction nobody knows nothing is shown."""
    for transaction in station.transactions:
        if transaction.id == payload["transactionId"]:
            show_cost(station, transaction, float(payload["totalCost"]))


def show_cost_message(station: Station, payload: Payload) -> Payload:
    """Show what a DataTransfer of 1.6 tells of prices and costs."""
    if payload.get("vendorId") != VENDOR:
        return {"status": "UnknownVendorId"}
    try:
        told = msgspec.json.decode(str(payload.get("data", "")))
        return {"status": _show(station, str(payload.get("messageId", "")), told)}
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return {"status": "Rejected"}


def _show(station: Station, message_id: str, told: Payload) -> str:
    if message_id == "SetUserPrice":
        log.info("%s shows the price: %s", station.door.identity, told["priceText"])
        return "Accepted"
    if message_id not in {"RunningCost", "FinalCost"}:
        return "UnknownMessageId"
    number, cost = int(told["transactionId"]), float(told["cost"])
    for transaction in station.transactions:
        if transaction.csms_id == number:
            show_cost(station, transaction, cost)
            return "Accepted"
    return "Rejected"
